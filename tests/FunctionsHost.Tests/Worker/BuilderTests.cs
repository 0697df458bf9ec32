using Azure.Core.Serialization;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Status = McpFunctions.Local.FunctionsProtocol.StatusResult.Types.Status;

namespace McpFunctions.FunctionsHost.Tests.Worker;

/// <summary>Workers that run in the test's own process.</summary>
public sealed class BuilderTests
{
    [Fact]
    public async Task A_host_builder_makes_a_worker_with_steps_options_and_services_of_the_apps_own()
    {
        await using var host = await ScriptedHost.ListenAsync();
        using var worker = new HostBuilder()
            .ConfigureAppConfiguration(configuration => configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Functions:Worker:HostEndpoint"] = host.Address.ToString(),
            }))
            .ConfigureFunctionsWorkerDefaults(
                builder =>
                {
                    builder.UseMiddleware(async (context, next) =>
                    {
                        await next();
                        var result = context.GetInvocationResult<Greeting>();
                        result.Value = result.Value! with { Step = "seen" };
                    });
                    builder.Services.AddSingleton<IFunctionActivator>(new GreeterActivator());
                },
                options => options.Serializer = new JsonObjectSerializer(new(System.Text.Json.JsonSerializerDefaults.Web)))
            .Build();

        await worker.StartAsync();
        await LoadGreeterAsync(host);
        var response = await host.InvokeAsync(new InvocationRequest
        {
            InvocationId = "1",
            FunctionId = "greet",
            InputData = { new ParameterBinding { Name = "timer", Data = new TypedData { Json = "{}" } } },
        });
        await worker.StopAsync();

        Assert.Equal("""{"text":"made by the activator","step":"seen"}""", response.ReturnValue.Json);
    }

    [Fact]
    public async Task Without_its_defaults_a_pipeline_does_nothing()
    {
        await using var host = await ScriptedHost.ListenAsync();
        var builder = FunctionsApplication.CreateBuilder(["--functions-uri", host.Address.ToString()]);
        builder.UseMiddleware((_, _) => Task.CompletedTask);
        using var worker = builder.Build();

        await worker.StartAsync();
        await LoadGreeterAsync(host);
        var response = await host.InvokeAsync(new InvocationRequest { InvocationId = "1", FunctionId = "greet" });
        await worker.StopAsync();

        Assert.Equal(Status.Success, response.Result.Status);
        Assert.Null(response.ReturnValue);
    }

    [Fact]
    public void The_default_serializer_ignores_the_case_of_names()
    {
        using var worker = FunctionsApplication.CreateBuilder([]).Build();

        var serializer = worker.Services.GetRequiredService<IOptions<WorkerOptions>>().Value.Serializer!;

        using var json = new MemoryStream("""{"TEXT":"a","step":"b"}"""u8.ToArray());
        Assert.Equal(new Greeting("a", "b"), serializer.Deserialize(json, typeof(Greeting), CancellationToken.None));
    }

    [Fact]
    public void An_application_is_built_once()
    {
        var builder = FunctionsApplication.CreateBuilder([]);
        using var worker = builder.Build();

        Assert.Throws<InvalidOperationException>(builder.Build);
        Assert.Throws<InvalidOperationException>(() => builder.UseMiddleware((_, next) => next()));
    }

    [Fact]
    public void Only_a_converter_can_be_registered_as_one() =>
        Assert.Throws<ArgumentException>(() => new WorkerOptions().InputConverters.Register<Greeting>());

    [Fact]
    public void Options_are_told_to_the_host_as_capabilities()
    {
        var options = new WorkerOptions { IncludeEmptyEntriesInMessagePayload = false };

        Assert.DoesNotContain("IncludeEmptyEntriesInMessagePayload", options.Capabilities.Keys);
        Assert.Contains("EnableUserCodeException", options.Capabilities.Keys);
    }

    private static async Task LoadGreeterAsync(ScriptedHost host)
    {
        await host.StartStreamAsync();
        var response = await host.LoadAsync(new RpcFunctionMetadata
        {
            Name = "Greet",
            FunctionId = "greet",
            ScriptFile = "McpFunctions.FunctionsHost.Tests.dll",
            EntryPoint = typeof(Greeter).FullName + "." + nameof(Greeter.Greet),
            Bindings = { ["timer"] = new BindingInfo { Type = "timerTrigger" } },
        });
        Assert.Null(response.Result.Exception);
    }
}

internal sealed record Greeting(string Text, string Step);

internal sealed class Greeter(string text)
{
    public Greeting Greet(TimerInfo timer) => new(timer.IsPastDue ? "past due" : text, "not seen");
}

internal sealed class GreeterActivator : IFunctionActivator
{
    public object CreateInstance(Type instanceType, FunctionContext context) => new Greeter("made by the activator");
}
