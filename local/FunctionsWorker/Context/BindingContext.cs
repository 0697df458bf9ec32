namespace Microsoft.Azure.Functions.Worker;

/// <summary>What the trigger told about an invocation besides its data.</summary>
public abstract class BindingContext
{
    /// <summary>Initializes the context.</summary>
    protected BindingContext()
    {
    }

    /// <summary>The trigger's metadata, route and query values among it, by name without case.</summary>
    public abstract IReadOnlyDictionary<string, object?> BindingData { get; }
}
