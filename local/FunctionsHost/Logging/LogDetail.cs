namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>The detail of the log, besides the levels in host.json.</summary>
internal enum LogDetail
{
    /// <summary>No invocations and no triggers except failures. The default of the console.</summary>
    Quiet,

    /// <summary>Adds invocations, triggers and the host's debug messages. Used for the log file.</summary>
    Full,

    /// <summary>Adds the log of frameworks. Used for the console with <c>--verbose</c>.</summary>
    Verbose,
}
