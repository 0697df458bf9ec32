using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace McpFunctions.Functions.Telemetry;

/// <summary>The source of the gateway's spans, and the meter of its calls to Redis and storage. Nothing listens unless telemetry is on.</summary>
internal static class GatewaySource
{
    /// <summary>The name of the source and of the meter.</summary>
    public const string Name = "McpFunctions";

    /// <summary>Makes spans.</summary>
    public static ActivitySource Spans { get; } = new(Name);

    /// <summary>Makes the instruments of classes that have no services.</summary>
    public static Meter Meter { get; } = new(Name);

    /// <summary>Marks a span as failed. Never by a message, which may quote a key, a value or a row.</summary>
    public static void Fail(this Activity span, string errorType)
    {
        span.SetTag("error.type", errorType);
        span.SetStatus(ActivityStatusCode.Error);
    }
}
