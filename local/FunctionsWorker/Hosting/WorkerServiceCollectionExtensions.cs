using System.Text.Json;
using Azure.Core.Serialization;
using Microsoft.Azure.Functions.Worker.Converters;
using Microsoft.Azure.Functions.Worker.Invocation;
using Microsoft.Azure.Functions.Worker.Logging;
using Microsoft.Azure.Functions.Worker.Metadata;
using Microsoft.Azure.Functions.Worker.Rpc;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Hosting;

internal static class WorkerServiceCollectionExtensions
{
    /// <summary>Adds everything a worker consists of, without its pipeline's own steps.</summary>
    public static IFunctionsWorkerApplicationBuilder AddFunctionsWorker(
        this IServiceCollection services, Action<WorkerOptions>? configureOptions)
    {
        var builder = new WorkerApplicationBuilder(services);
        services.AddSingleton(_ => builder.BuildPipeline());

        services.AddSingleton<HostConnection>();
        services.AddHostedService<WorkerService>();
        services.AddSingleton<ILoggerProvider, HostLoggerProvider>();

        services.AddSingleton<FunctionCatalog>();
        services.AddSingleton<FunctionLoader>();
        services.AddSingleton<InvocationRunner>();
        services.AddSingleton<InputConversion>();
        services.AddSingleton<IFunctionActivator, FunctionActivator>();

        services.Configure<JsonSerializerOptions>(json => json.PropertyNameCaseInsensitive = true);
        services.AddOptions<WorkerOptions>()
            .Configure(AddConverters)
            .PostConfigure<IOptions<JsonSerializerOptions>>((worker, json) => worker.Serializer ??= new JsonObjectSerializer(json.Value));
        if (configureOptions is not null)
            services.Configure(configureOptions);

        return builder;
    }

    public static void AddWorkerSettings(this IConfigurationBuilder configuration, IEnumerable<string> args) =>
        WorkerSettings.AddTo(configuration, args);

    // The official order: the first converter that takes a value wins.
    private static void AddConverters(WorkerOptions options)
    {
        options.InputConverters.Register<FunctionContextConverter>();
        options.InputConverters.Register<AssignableConverter>();
        options.InputConverters.Register<GuidConverter>();
        options.InputConverters.Register<DateTimeConverter>();
        options.InputConverters.Register<BytesConverter>();
        options.InputConverters.Register<StringToBytesConverter>();
        options.InputConverters.Register<JsonConverter>();
        options.InputConverters.Register<ArrayConverter>();
        options.InputConverters.Register<CancellationTokenConverter>();
    }
}
