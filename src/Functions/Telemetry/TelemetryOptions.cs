using System.Globalization;
using Azure.Identity;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using OpenTelemetry.Exporter;

namespace McpFunctions.Functions.Telemetry;

/// <summary>
/// Where spans, metrics and logs go ([what they are](telemetry.md)): the standard environment variables of OpenTelemetry and of Azure Monitor. With
/// neither an endpoint nor a connection string, nothing is measured. Each OTLP setting also exists for one kind of telemetry and then wins:
/// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, and so on with `METRICS` and `LOGS`.
/// </summary>
public sealed class TelemetryOptions : IValidateOptions<TelemetryOptions>
{
    private static readonly string[] Samplers =
        ["always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"];

    private readonly Dictionary<TelemetrySignal, OtlpTarget> targets = [];
    private readonly List<string> problems = [];

    /// <summary>The address of a collector, for example <c>http://localhost:4317</c>. Over HTTP, the path of each kind of telemetry is added.</summary>
    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_ENDPOINT")]
    public string? Endpoint { get; set; }

    /// <summary><c>grpc</c> or <c>http/protobuf</c>; <c>grpc</c> unless set.</summary>
    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_PROTOCOL")]
    public string? Protocol { get; set; }

    /// <summary>Headers for the collector, <c>name=value</c> separated by commas, for example a key.</summary>
    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_HEADERS")]
    public string? Headers { get; set; }

    /// <summary>The longest time of an export in milliseconds; 10,000 unless set.</summary>
    [ConfigurationKeyName("OTEL_EXPORTER_OTLP_TIMEOUT")]
    public string? Timeout { get; set; }

    /// <summary><c>otlp</c> or <c>none</c>, which exports no spans over OTLP.</summary>
    [ConfigurationKeyName("OTEL_TRACES_EXPORTER")]
    public string? TracesExporter { get; set; }

    /// <summary><c>otlp</c> or <c>none</c>, which exports no metrics over OTLP.</summary>
    [ConfigurationKeyName("OTEL_METRICS_EXPORTER")]
    public string? MetricsExporter { get; set; }

    /// <summary><c>otlp</c> or <c>none</c>, which exports no logs over OTLP.</summary>
    [ConfigurationKeyName("OTEL_LOGS_EXPORTER")]
    public string? LogsExporter { get; set; }

    /// <summary>
    /// Which traces are sampled: <c>always_on</c>, <c>always_off</c>, <c>traceidratio</c>, or one of these after <c>parentbased_</c>;
    /// <c>parentbased_always_on</c> unless set.
    /// </summary>
    [ConfigurationKeyName("OTEL_TRACES_SAMPLER")]
    public string? Sampler { get; set; }

    /// <summary>The part of the traces for <c>traceidratio</c>, from 0 to 1.</summary>
    [ConfigurationKeyName("OTEL_TRACES_SAMPLER_ARG")]
    public string? SamplerArgument { get; set; }

    /// <summary>The name of the app in traces; its name in Azure unless set.</summary>
    [ConfigurationKeyName("OTEL_SERVICE_NAME")]
    public string? ServiceName { get; set; }

    /// <summary>Attributes of everything that is exported, <c>name=value</c> separated by commas.</summary>
    [ConfigurationKeyName("OTEL_RESOURCE_ATTRIBUTES")]
    public string? ResourceAttributes { get; set; }

    /// <summary><c>true</c> turns telemetry off, whatever else is set.</summary>
    [ConfigurationKeyName("OTEL_SDK_DISABLED")]
    public string? Disabled { get; set; }

    /// <summary>The connection string of Application Insights. Spans, metrics and logs then also go to Azure Monitor.</summary>
    [ConfigurationKeyName("APPLICATIONINSIGHTS_CONNECTION_STRING")]
    public string? AzureMonitor { get; set; }

    /// <summary>
    /// <c>Authorization=AAD</c> signs in to Application Insights with the app's managed identity, and <c>ClientId=&lt;id&gt;;Authorization=AAD</c> with
    /// one that the user assigned. The identity needs the role Monitoring Metrics Publisher. Without it, the connection string's key is enough.
    /// </summary>
    [ConfigurationKeyName("APPLICATIONINSIGHTS_AUTHENTICATION_STRING")]
    public string? AzureMonitorAuthentication { get; set; }

    /// <summary>The identity for Azure Monitor; null without one.</summary>
    internal ManagedIdentityId? AzureMonitorIdentity { get; private set; }

    /// <summary>Whether spans, metrics or logs go anywhere.</summary>
    internal bool IsOn => problems.Count == 0 && (targets.Count > 0 || AzureMonitor is not null);

    /// <summary>Reads the settings.</summary>
    /// <param name="configuration">The settings.</param>
    /// <returns>The options, with the problems that <see cref="Validate"/> reports.</returns>
    internal static TelemetryOptions Read(IConfiguration configuration)
    {
        var options = new TelemetryOptions();
        options.Fill(configuration);
        return options;
    }

    /// <summary>Reads the settings into this object.</summary>
    /// <param name="configuration">The settings.</param>
    internal void Fill(IConfiguration configuration)
    {
        // An empty variable counts as unset (OpenTelemetry's specification of environment variables).
        string? Value(string name) => string.IsNullOrWhiteSpace(configuration[name]) ? null : configuration[name]!.Trim();
        Endpoint = Value("OTEL_EXPORTER_OTLP_ENDPOINT");
        Protocol = Value("OTEL_EXPORTER_OTLP_PROTOCOL");
        Headers = Value("OTEL_EXPORTER_OTLP_HEADERS");
        Timeout = Value("OTEL_EXPORTER_OTLP_TIMEOUT");
        TracesExporter = Value("OTEL_TRACES_EXPORTER");
        MetricsExporter = Value("OTEL_METRICS_EXPORTER");
        LogsExporter = Value("OTEL_LOGS_EXPORTER");
        Sampler = Value("OTEL_TRACES_SAMPLER");
        SamplerArgument = Value("OTEL_TRACES_SAMPLER_ARG");
        ServiceName = Value("OTEL_SERVICE_NAME");
        ResourceAttributes = Value("OTEL_RESOURCE_ATTRIBUTES");
        Disabled = Value("OTEL_SDK_DISABLED");
        AzureMonitor = Value("APPLICATIONINSIGHTS_CONNECTION_STRING");
        AzureMonitorAuthentication = Value("APPLICATIONINSIGHTS_AUTHENTICATION_STRING");

        bool isDisabled = "true".Equals(Disabled, StringComparison.OrdinalIgnoreCase);
        if (!isDisabled && Disabled is not null && !"false".Equals(Disabled, StringComparison.OrdinalIgnoreCase))
        {
            problems.Add("Set OTEL_SDK_DISABLED to true or false, or leave it out.");
        }

        if (isDisabled)
        {
            AzureMonitor = null;
            return;
        }

        foreach (TelemetrySignal signal in Enum.GetValues<TelemetrySignal>())
        {
            if (Exports(signal) && TargetOf(signal, Value) is { } target)
            {
                targets[signal] = target;
            }
        }

        CheckSampler();
        if (ResourceAttributes is not null && !ArePairs(ResourceAttributes))
        {
            problems.Add("Set OTEL_RESOURCE_ATTRIBUTES to name=value pairs separated by commas, for example deployment.environment.name=test, or leave it out.");
        }

        if (AzureMonitor is not null && !IsConnectionString(AzureMonitor))
        {
            problems.Add(
                "Set APPLICATIONINSIGHTS_CONNECTION_STRING to the connection string of an Application Insights resource, "
                + "InstrumentationKey=<guid>;IngestionEndpoint=https://<host>/, or leave it out.");
        }

        if (AzureMonitorAuthentication is not null && (AzureMonitorIdentity = IdentityOf(AzureMonitorAuthentication)) is null)
        {
            problems.Add("Set APPLICATIONINSIGHTS_AUTHENTICATION_STRING to Authorization=AAD or ClientId=<guid>;Authorization=AAD, or leave it out.");
        }
    }

    /// <summary>The target of a kind of telemetry over OTLP; null if it is not exported.</summary>
    internal OtlpTarget? Target(TelemetrySignal signal) => targets.GetValueOrDefault(signal);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, TelemetryOptions options) =>
        options.problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(options.problems);

    private bool Exports(TelemetrySignal signal)
    {
        string? exporter = signal switch
        {
            TelemetrySignal.Traces => TracesExporter,
            TelemetrySignal.Metrics => MetricsExporter,
            _ => LogsExporter,
        };
        if (exporter is not (null or "otlp" or "none"))
        {
            problems.Add($"Set OTEL_{NameOf(signal)}_EXPORTER to otlp or none, or leave it out for otlp.");
        }

        return exporter is null or "otlp";
    }

    private OtlpTarget? TargetOf(TelemetrySignal signal, Func<string, string?> value)
    {
        // The setting of one kind wins. Its name is in the message.
        (string Name, string? Value) Setting(string setting)
        {
            string own = $"OTEL_EXPORTER_OTLP_{NameOf(signal)}_{setting}";
            return value(own) is { } set ? (own, set) : ($"OTEL_EXPORTER_OTLP_{setting}", value($"OTEL_EXPORTER_OTLP_{setting}"));
        }

        (string endpointName, string? endpoint) = Setting("ENDPOINT");
        (string protocolName, string? protocol) = Setting("PROTOCOL");
        (string headersName, string? headers) = Setting("HEADERS");
        (string timeoutName, string? timeout) = Setting("TIMEOUT");
        int before = problems.Count;
        if (protocol is not (null or "grpc" or "http/protobuf"))
        {
            Report($"Set {protocolName} to grpc or http/protobuf, or leave it out for grpc.");
        }

        if (headers is not null && !ArePairs(headers))
        {
            Report($"Set {headersName} to name=value pairs separated by commas, or leave it out.");
        }

        int milliseconds = 0;
        if (timeout is not null && (!int.TryParse(timeout, NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds) || milliseconds == 0))
        {
            Report($"Set {timeoutName} to a number of milliseconds from 1 on, or leave it out for 10000.");
        }

        Uri? address = null;
        if (endpoint is not null && (!Uri.TryCreate(endpoint, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0))
        {
            Report($"Set {endpointName} to the address of a collector, http://<host>:<port> or https://<host>:<port>, or leave it out.");
        }

        if (address is null || problems.Count > before)
        {
            return null;
        }

        // The common endpoint is a base, an endpoint of one kind is complete (OpenTelemetry's specification of OTLP exporters).
        bool isHttp = protocol == "http/protobuf";
        bool isBase = endpointName == "OTEL_EXPORTER_OTLP_ENDPOINT";
        return new OtlpTarget(
            isHttp && isBase ? new Uri($"{address.AbsoluteUri.TrimEnd('/')}/v1/{NameOf(signal).ToLowerInvariant()}") : address,
            isHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc,
            headers,
            timeout is null ? null : TimeSpan.FromMilliseconds(milliseconds));
    }

    private void CheckSampler()
    {
        if (Sampler is not null && !Samplers.Contains(Sampler))
        {
            problems.Add($"Set OTEL_TRACES_SAMPLER to one of {string.Join(", ", Samplers)}, or leave it out for parentbased_always_on.");
        }

        if (SamplerArgument is not null
            && !(double.TryParse(SamplerArgument, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double ratio) && ratio is >= 0 and <= 1))
        {
            problems.Add("Set OTEL_TRACES_SAMPLER_ARG to a number from 0 to 1, for example 0.1, or leave it out for 1.");
        }
    }

    // Report a problem of a common setting once: it concerns all kinds of telemetry.
    private void Report(string problem)
    {
        if (!problems.Contains(problem))
        {
            problems.Add(problem);
        }
    }

    private static string NameOf(TelemetrySignal signal) => signal.ToString().ToUpperInvariant();

    private static bool ArePairs(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).All(pair => pair.IndexOf('=', StringComparison.Ordinal) > 0);

    private static ManagedIdentityId? IdentityOf(string text) =>
        PartsOf(text) is not { } parts || !parts.TryGetValue("Authorization", out string? kind) || !kind.Equals("AAD", StringComparison.OrdinalIgnoreCase) ? null
        : !parts.TryGetValue("ClientId", out string? client) ? (parts.Count == 1 ? ManagedIdentityId.SystemAssigned : null)
        : parts.Count == 2 && Guid.TryParse(client, out _) ? ManagedIdentityId.FromUserAssignedClientId(client)
        : null;

    // Name=value pairs separated by semicolons; null if the text is something else.
    private static Dictionary<string, string>? PartsOf(string text)
    {
        Dictionary<string, string> parts = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part.Split('=', 2) is not [var name, var value] || !parts.TryAdd(name.Trim(), value.Trim()))
            {
                return null;
            }
        }

        return parts;
    }

    private static bool IsConnectionString(string text) =>
        PartsOf(text) is { } parts && parts.TryGetValue("InstrumentationKey", out string? key) && Guid.TryParse(key, out _)
        && (!parts.TryGetValue("IngestionEndpoint", out string? endpoint)
            || (Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"));
}
