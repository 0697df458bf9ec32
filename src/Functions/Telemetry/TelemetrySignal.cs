namespace McpFunctions.Functions.Telemetry;

/// <summary>The kinds of telemetry.</summary>
internal enum TelemetrySignal
{
    /// <summary>Spans.</summary>
    Traces,

    /// <summary>Metrics.</summary>
    Metrics,

    /// <summary>Log lines.</summary>
    Logs,
}
