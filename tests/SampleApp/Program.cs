using System.Diagnostics;
using McpFunctions.SampleApp;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;

// A function app with a function of every shape, for tests of a host and of a worker.
var builder = FunctionsApplication.CreateBuilder(args);

builder.Services.AddSingleton<Recorder>();
builder.Services.AddSingleton<ScopeCounter>();
builder.Services.AddScoped<ScopedService>();
builder.Services.AddHostedService<Farewell>();
builder.Services.AddOptions<SampleOptions>()
    .BindConfiguration("Sample")
    .Validate(options => options.Valid, "Sample:Valid must be true.")
    .ValidateOnStart();
builder.Logging.AddFilter("Sample.Quiet", LogLevel.Warning);

builder.UseMiddleware<StampMiddleware>();
builder.UseWhen<ReplacingMiddleware>(context => context.FunctionDefinition.Name == "Replaced");
builder.UseWhen(
    context => context.FunctionDefinition.Name == "OnRedacted",
    async (context, next) =>
    {
        var message = await context.BindInputAsync<string>(context.FunctionDefinition.InputBindings["message"]);
        message.Value = message.Value?.Replace("secret", "***", StringComparison.Ordinal);
        await next();
    });
builder.UseMiddleware((context, next) =>
{
    context.Items["inline"] = true;
    return next();
});

// Without a listener the worker starts no span.
using var spans = new ActivityListener
{
    ShouldListenTo = source => source.Name == "Microsoft.Azure.Functions.Worker",
    Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
};
ActivitySource.AddActivityListener(spans);

builder.Build().Run();
