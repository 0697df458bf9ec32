using System.Diagnostics;
using System.Diagnostics.Metrics;
using Azure.Identity;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace McpFunctions.Functions.Tests.Telemetry;

/// <summary>The settings of telemetry, and what each of them turns on. EndToEnd.Tests shows what a collector gets.</summary>
[Collection(nameof(TelemetryTests))]
public sealed class TelemetryTests
{
    private const string Secret = "secret-of-the-collector";

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "OTEL_EXPORTER_OTLP_ENDPOINT", "localhost:4317", "Set OTEL_EXPORTER_OTLP_ENDPOINT to the address of a collector, http://<host>:<port>" },
        { "OTEL_EXPORTER_OTLP_ENDPOINT", $"http://me:{Secret}@collector", "Set OTEL_EXPORTER_OTLP_ENDPOINT" },
        { "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "ftp://collector", "Set OTEL_EXPORTER_OTLP_LOGS_ENDPOINT" },
        { "OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "Set OTEL_EXPORTER_OTLP_PROTOCOL to grpc or http/protobuf" },
        { "OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "GRPC", "Set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL" },
        { "OTEL_EXPORTER_OTLP_HEADERS", Secret, "Set OTEL_EXPORTER_OTLP_HEADERS to name=value pairs" },
        { "OTEL_EXPORTER_OTLP_TRACES_HEADERS", $"a=b,{Secret}", "Set OTEL_EXPORTER_OTLP_TRACES_HEADERS" },
        { "OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "Set OTEL_EXPORTER_OTLP_TIMEOUT to a number of milliseconds" },
        { "OTEL_TRACES_EXPORTER", "zipkin", "Set OTEL_TRACES_EXPORTER to otlp or none" },
        { "OTEL_TRACES_SAMPLER", "jaeger_remote", "Set OTEL_TRACES_SAMPLER to one of always_on" },
        { "OTEL_TRACES_SAMPLER_ARG", "10%", "Set OTEL_TRACES_SAMPLER_ARG to a number from 0 to 1" },
        { "OTEL_RESOURCE_ATTRIBUTES", "test", "Set OTEL_RESOURCE_ATTRIBUTES to name=value pairs" },
        { "OTEL_SDK_DISABLED", "yes", "Set OTEL_SDK_DISABLED to true or false" },
        { "APPLICATIONINSIGHTS_CONNECTION_STRING", Secret, "Set APPLICATIONINSIGHTS_CONNECTION_STRING to the connection string" },
        { "APPLICATIONINSIGHTS_CONNECTION_STRING", $"InstrumentationKey={Secret}", "Set APPLICATIONINSIGHTS_CONNECTION_STRING" },
        { "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", $"Authorization=Key;Secret={Secret}", "Set APPLICATIONINSIGHTS_AUTHENTICATION_STRING to Authorization=AAD" },
        { "APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=me;Authorization=AAD", "Set APPLICATIONINSIGHTS_AUTHENTICATION_STRING" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task A_wrong_value_is_refused_at_start_by_its_name_and_turns_nothing_on(string name, string value, string message)
    {
        await using ServiceProvider services = Services((name, value));

        string problem = Assert.Single(GatewaySettings.Problems(services));
        Assert.StartsWith(message, problem, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, problem, StringComparison.Ordinal);
        AssertOff(services);
    }

    [Fact]
    public void Settings_of_one_kind_of_telemetry_win()
    {
        TelemetryOptions options = Read(
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:4318/base/"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "key=all"),
            ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs:4317"),
            ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "key=logs"),
            ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "500"),
            ("OTEL_METRICS_EXPORTER", "none"));

        Assert.Equal(new OtlpTarget(new Uri("http://all:4318/base/v1/traces"), OtlpExportProtocol.HttpProtobuf, "key=all", null), options.Target(TelemetrySignal.Traces));
        Assert.Null(options.Target(TelemetrySignal.Metrics));
        Assert.Equal(
            new OtlpTarget(new Uri("http://logs:4317"), OtlpExportProtocol.Grpc, "key=logs", TimeSpan.FromMilliseconds(500)), options.Target(TelemetrySignal.Logs));
    }

    [Fact]
    public void An_endpoint_of_one_kind_of_telemetry_is_complete_and_exports_nothing_else()
    {
        TelemetryOptions options = Read(("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:4318/in"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf"));

        Assert.Equal(new Uri("http://traces:4318/in"), options.Target(TelemetrySignal.Traces)!.Endpoint);
        Assert.Null(options.Target(TelemetrySignal.Metrics));
        Assert.Null(options.Target(TelemetrySignal.Logs));
    }

    [Fact]
    public void Application_Insights_takes_an_identity_of_the_app_or_of_the_user()
    {
        Assert.Null(Read().AzureMonitorIdentity);
        Assert.Equal($"{ManagedIdentityId.SystemAssigned}", $"{Read(("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "Authorization=AAD")).AzureMonitorIdentity}");
        Assert.Contains(
            "00000000-0000-0000-0000-000000000002",
            $"{Read(("APPLICATIONINSIGHTS_AUTHENTICATION_STRING", "ClientId=00000000-0000-0000-0000-000000000002;Authorization=AAD")).AzureMonitorIdentity}",
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData]
    [InlineData("OTEL_SERVICE_NAME=gateway", "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_EXPORTER_OTLP_ENDPOINT=")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1", "APPLICATIONINSIGHTS_CONNECTION_STRING=InstrumentationKey=00000000-0000-0000-0000-000000000001", "OTEL_SDK_DISABLED=true")]
    public async Task Without_a_target_nothing_listens_and_nothing_is_made(params string[] settings)
    {
        await using ServiceProvider services = Services([.. settings.Select(setting => setting.Split('=', 2)).Select(setting => (setting[0], setting[1]))]);

        Assert.Empty(GatewaySettings.Problems(services));
        AssertOff(services);
        AssertFree();
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")]
    [InlineData("APPLICATIONINSIGHTS_CONNECTION_STRING", "InstrumentationKey=00000000-0000-0000-0000-000000000001;IngestionEndpoint=http://127.0.0.1:1/")]
    public async Task With_a_target_spans_metrics_and_logs_are_made(string name, string value)
    {
        await using ServiceProvider services = Services((name, value), ("OTEL_BSP_SCHEDULE_DELAY", "600000"), ("OTEL_METRIC_EXPORT_INTERVAL", "600000"));

        Assert.Empty(GatewaySettings.Problems(services));
        Assert.NotNull(services.GetService<TracerProvider>());
        Assert.NotNull(services.GetService<MeterProvider>());
        Assert.Contains(services.GetServices<ILoggerProvider>(), provider => provider is OpenTelemetry.Logs.OpenTelemetryLoggerProvider);
        Assert.True(GatewaySource.Spans.HasListeners());
        using DependencyCall? call = DependencyCall.Begin("redis", "PING", null, "localhost", null);
        Assert.NotNull(call);
    }

    private static void AssertOff(ServiceProvider services)
    {
        Assert.Null(services.GetService<TracerProvider>());
        Assert.Null(services.GetService<MeterProvider>());
        Assert.DoesNotContain(services.GetServices<ILoggerProvider>(), provider => provider.GetType().Namespace!.StartsWith("OpenTelemetry", StringComparison.Ordinal));
        Assert.False(GatewaySource.Spans.HasListeners());
        using var worker = new ActivitySource("Microsoft.Azure.Functions.Worker");
        Assert.False(worker.HasListeners());
        using var meter = new Meter(GatewaySource.Name);
        Assert.False(meter.CreateCounter<long>("any").Enabled);
    }

    // What each event and each call runs through.
    private static void AssertFree()
    {
        var domainEvent = new DomainEvent
        {
            Id = $"{Guid.NewGuid()}",
            Type = EventTypes.FileUploaded,
            Timestamp = DateTimeOffset.UtcNow,
            Payload = System.Text.Json.JsonDocument.Parse("{}").RootElement,
            Metadata = new EventMetadata { Service = "test", Version = "1", TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01" },
        };
        DomainEvent[] events = [domainEvent];
        Run();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 1_000; round++)
        {
            Run();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Run()
        {
            Assert.True(DependencyCall.Begin("redis", "PING", null, "localhost", null) is null);
            Assert.True(EventSpans.StartPublish(events) is null);
            Assert.True(EventSpans.StartReceive("audit", EventTypes.FileUploaded) is null);
            EventSpans.AddBatch(null, events);
            Assert.True(EventSpans.StartProcess("audit", domainEvent) is null);
            Assert.True(TickSpan.Begin("timer") is null);
        }
    }

    private static TelemetryOptions Read(params (string Name, string Value)[] settings) => TelemetryOptions.Read(Configuration(settings));

    private static IConfiguration Configuration((string Name, string Value)[] settings) =>
        new ConfigurationBuilder().AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create<string, string?>(setting.Name, setting.Value))).Build();

    private static ServiceProvider Services(params (string Name, string Value)[] settings)
    {
        IConfiguration configuration = Configuration(settings);
        return new ServiceCollection()
            .AddSingleton(configuration)
            .AddLogging()
            .AddMetrics()
            .AddTelemetry(configuration, _ => "this-instance")
            .BuildServiceProvider();
    }
}
