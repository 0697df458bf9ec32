namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>How much of the log is written, besides what host.json says.</summary>
internal enum LogDetail
{
    /// <summary>No invocation and no trigger that works: the console by default.</summary>
    Quiet,

    /// <summary>The host's own debug messages too: the log file.</summary>
    Full,

    /// <summary>Also what frameworks say: the console with <c>--verbose</c>.</summary>
    Verbose,
}
