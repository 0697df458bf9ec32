using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace McpFunctions.Functions.Telemetry;

/// <summary>Sends spans, metrics and logs where the settings say. Without such settings it registers nothing, and nothing listens.</summary>
internal static class TelemetryServices
{
    /// <summary>Adds telemetry.</summary>
    /// <param name="services">The services of the app.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="instance">The name of this process.</param>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration, Func<IServiceProvider, string> instance)
    {
        services.AddOptions<TelemetryOptions>().Configure(options => options.Fill(configuration)).ValidateOnStart();
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptions>();
        TelemetryOptions options = TelemetryOptions.Read(configuration);
        if (!options.IsOn)
        {
            return services;
        }

        OpenTelemetryBuilder telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddDetector(provider => new InstanceDetector(instance(provider))))
            .UseFunctionsWorkerDefaults() as OpenTelemetryBuilder ?? throw new InvalidOperationException("The worker's OpenTelemetry builder is of another kind.");
        if (options.Target(TelemetrySignal.Traces) is not null || options.AzureMonitor is not null)
        {
            telemetry.WithTracing(tracing => Export(tracing.AddSource(GatewaySource.Name), options));
        }

        if (options.Target(TelemetrySignal.Metrics) is not null || options.AzureMonitor is not null)
        {
            // The meters of ASP.NET Core and of the runtime come with .NET.
            telemetry.WithMetrics(metrics => Export(metrics.AddMeter(GatewaySource.Name, "Microsoft.AspNetCore.Hosting", "System.Runtime"), options));
        }

        if (options.Target(TelemetrySignal.Logs) is not null || options.AzureMonitor is not null)
        {
            telemetry.WithLogging(logging => Export(logging, options), logs =>
            {
                logs.IncludeScopes = true;
                logs.IncludeFormattedMessage = true;
            });
        }

        return services;
    }

    private static void Apply(AzureMonitorExporterOptions azure, string connection, TelemetryOptions options)
    {
        azure.ConnectionString = connection;
        azure.Credential = options.AzureMonitorIdentity is { } identity ? new ManagedIdentityCredential(identity) : null;
    }

    private static void Export(TracerProviderBuilder tracing, TelemetryOptions options)
    {
        if (options.Target(TelemetrySignal.Traces) is { } target)
        {
            tracing.AddOtlpExporter(target.Apply);
        }

        if (options.AzureMonitor is { } connection)
        {
            tracing.AddAzureMonitorTraceExporter(azure => Apply(azure, connection, options));
        }
    }

    private static void Export(MeterProviderBuilder metrics, TelemetryOptions options)
    {
        if (options.Target(TelemetrySignal.Metrics) is { } target)
        {
            metrics.AddOtlpExporter(target.Apply);
        }

        if (options.AzureMonitor is { } connection)
        {
            metrics.AddAzureMonitorMetricExporter(azure => Apply(azure, connection, options));
        }
    }

    private static void Export(LoggerProviderBuilder logging, TelemetryOptions options)
    {
        if (options.Target(TelemetrySignal.Logs) is { } target)
        {
            logging.AddOtlpExporter(target.Apply);
        }

        if (options.AzureMonitor is { } connection)
        {
            logging.AddAzureMonitorLogExporter(azure => Apply(azure, connection, options));
        }
    }

    // Tells the instances of an app apart: a gauge comes from one of them.
    private sealed class InstanceDetector(string instance) : IResourceDetector
    {
        public Resource Detect() => new([new("service.instance.id", instance)]);
    }
}
