namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>
/// The capabilities that a worker reports. A capability counts if it has any value that is not empty. The host assumes the ones that
/// every official .NET worker has: bytes as the only body, values that may be empty, no request in the trigger metadata.
/// </summary>
internal sealed class WorkerCapabilities(IReadOnlyDictionary<string, string> capabilities)
{
    /// <summary>The address for HTTP requests. Null if the worker wants them in the invocation.</summary>
    public Uri? HttpUri { get; } = Uri.TryCreate(capabilities.GetValueOrDefault("HttpUri"), UriKind.Absolute, out var uri) ? uri : null;

    /// <summary>Whether the invocation needs the route values even if the host forwards the request.</summary>
    public bool RequiresRouteParameters { get; } = Has(capabilities, "RequiresRouteParameters");

    public bool HandlesInvocationCancel { get; } = Has(capabilities, "HandlesInvocationCancelMessage");

    public bool HandlesTerminate { get; } = Has(capabilities, "HandlesWorkerTerminateMessage");

    private static bool Has(IReadOnlyDictionary<string, string> capabilities, string name) =>
        !string.IsNullOrEmpty(capabilities.GetValueOrDefault(name));
}
