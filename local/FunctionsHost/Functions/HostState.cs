namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>The states of the host, with the real host's names.</summary>
internal enum HostState
{
    /// <summary>The worker starts. The host does not know its functions yet.</summary>
    Starting,

    /// <summary>The host knows the functions and starts their listeners.</summary>
    Initialized,

    Running,

    /// <summary>A listener did not start. The host keeps trying and responds with 503.</summary>
    Error,

    Stopping,

    Stopped,
}
