namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>What a worker says it can do. A capability counts by its presence, with any value but an empty one.</summary>
internal sealed class WorkerCapabilities(IReadOnlyDictionary<string, string> capabilities)
{
    /// <summary>The body goes into <c>body</c> only, not once more into <c>rawBody</c>.</summary>
    public bool BodyOnly { get; } = Has(capabilities, "RpcHttpBodyOnly");

    /// <summary>Bodies are bytes, whatever their content type.</summary>
    public bool RawBodyBytes { get; } = Has(capabilities, "RawHttpBodyBytes");

    /// <summary>Headers, query and route values go into the maps that can carry empty values.</summary>
    public bool NullableValues { get; } = Has(capabilities, "UseNullableValueDictionaryForHttp");

    /// <summary>Headers without a value are left out of the plain map.</summary>
    public bool IgnoresEmptyHeaders { get; } = Has(capabilities, "IgnoreEmptyValuedRpcHttpHeaders");

    /// <summary>The request is not repeated in the trigger metadata.</summary>
    public bool WithoutHttpTriggerMetadata { get; } = Has(capabilities, "RpcHttpTriggerMetadataRemoved");

    public bool HandlesInvocationCancel { get; } = Has(capabilities, "HandlesInvocationCancelMessage");

    public bool HandlesTerminate { get; } = Has(capabilities, "HandlesWorkerTerminateMessage");

    /// <summary>Load requests may come in one message.</summary>
    public bool LoadsTogether { get; } = Has(capabilities, "SupportsLoadResponseCollection");

    private static bool Has(IReadOnlyDictionary<string, string> capabilities, string name) =>
        !string.IsNullOrEmpty(capabilities.GetValueOrDefault(name));
}
