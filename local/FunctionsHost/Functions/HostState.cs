namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>The states of the host, with the real host's names.</summary>
internal enum HostState
{
    /// <summary>The worker is being started and its functions are not known yet.</summary>
    Starting,

    /// <summary>The functions are known, their listeners are being started.</summary>
    Initialized,

    Running,

    /// <summary>A listener could not be started; the host tries again and answers 503 meanwhile.</summary>
    Error,

    Stopping,

    Stopped,
}
