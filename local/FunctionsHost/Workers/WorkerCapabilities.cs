namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>
/// What a worker says it can do. A capability counts by its presence, with any value but an empty one.
/// What every official .NET worker names (bytes as the only body, values that may be empty, no request in the trigger metadata) is taken for granted.
/// </summary>
internal sealed class WorkerCapabilities(IReadOnlyDictionary<string, string> capabilities)
{
    /// <summary>Where the worker takes the requests of its HTTP functions; null, when it wants them in the invocation.</summary>
    public Uri? HttpUri { get; } = Uri.TryCreate(capabilities.GetValueOrDefault("HttpUri"), UriKind.Absolute, out var uri) ? uri : null;

    /// <summary>Route values go into the invocation also when the request itself is forwarded.</summary>
    public bool RequiresRouteParameters { get; } = Has(capabilities, "RequiresRouteParameters");

    public bool HandlesInvocationCancel { get; } = Has(capabilities, "HandlesInvocationCancelMessage");

    public bool HandlesTerminate { get; } = Has(capabilities, "HandlesWorkerTerminateMessage");

    private static bool Has(IReadOnlyDictionary<string, string> capabilities, string name) =>
        !string.IsNullOrEmpty(capabilities.GetValueOrDefault(name));
}
