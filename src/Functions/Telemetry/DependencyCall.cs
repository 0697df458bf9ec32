using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace McpFunctions.Functions.Telemetry;

/// <summary>A call to Redis or storage: its client span, and its duration. Names and attributes follow OpenTelemetry's conventions for databases.</summary>
internal sealed class DependencyCall : IDisposable
{
    private static readonly Histogram<double> Durations = GatewaySource.Meter.CreateHistogram(
        "db.client.operation.duration",
        "s",
        "Duration of calls to Redis and storage.",
        tags: null,
        new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] });

    private readonly long started = Stopwatch.GetTimestamp();
    private readonly Activity? span;
    private TagList tags;

    private DependencyCall(string system, string operation, (string Attribute, string Name)? target, string address, int? port)
    {
        tags.Add("db.system.name", system);
        tags.Add("db.operation.name", operation);
        if (target is { } named)
        {
            tags.Add(named.Attribute, named.Name);
        }

        tags.Add("server.address", address);
        if (port is { } number)
        {
            tags.Add("server.port", number);
        }

        // Without a parent it would be a trace of one span: the gateway's signs of life alone make one every few seconds.
        span = Activity.Current is null || TickSpan.IsIdle(Activity.Current)
            ? null
            : GatewaySource.Spans.StartActivity(target is { } of ? $"{operation} {of.Name}" : operation, ActivityKind.Client, default(ActivityContext), tags);
    }

    /// <summary>Begins a call.</summary>
    /// <param name="system">The kind of database.</param>
    /// <param name="operation">Its command.</param>
    /// <param name="target">What the command works on, if a name of the gateway tells it: a table, a container or a script. Never a key.</param>
    /// <param name="address">The server.</param>
    /// <param name="port">The server's port.</param>
    /// <returns>The call; dispose of it at its end. Null if nothing listens.</returns>
    public static DependencyCall? Begin(string system, string operation, (string Attribute, string Name)? target, string address, int? port) =>
        Durations.Enabled || GatewaySource.Spans.HasListeners() ? new DependencyCall(system, operation, target, address, port) : null;

    /// <summary>Notes that the call failed.</summary>
    /// <param name="errorType">The type of the exception, or the server's error code.</param>
    /// <param name="statusCode">The server's status or error code; null if it sent none.</param>
    public void Fail(string errorType, string? statusCode = null)
    {
        tags.Add("error.type", errorType);
        span?.Fail(errorType);
        if (statusCode is not null)
        {
            tags.Add("db.response.status_code", statusCode);
            span?.SetTag("db.response.status_code", statusCode);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Durations.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
        span?.Dispose();
    }
}
