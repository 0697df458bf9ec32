namespace Microsoft.Azure.Functions.Worker;

/// <summary>A binding of a function.</summary>
public abstract class BindingMetadata
{
    /// <summary>Initializes the metadata.</summary>
    protected BindingMetadata()
    {
    }

    /// <summary>The binding's name: that of the parameter or property, or <c>$return</c>.</summary>
    public abstract string Name { get; }

    /// <summary>The binding's type, such as <c>httpTrigger</c>.</summary>
    public abstract string Type { get; }

    /// <summary>Which way its data goes.</summary>
    public abstract BindingDirection Direction { get; }
}
