namespace Microsoft.Azure.Functions.Worker;

/// <summary>An input of an invocation.</summary>
/// <typeparam name="T">Its type.</typeparam>
public abstract class InputBindingData<T>
{
    /// <summary>Initializes the input.</summary>
    protected InputBindingData()
    {
    }

    /// <summary>The binding that it came by.</summary>
    public abstract BindingMetadata BindingMetadata { get; }

    /// <summary>The value; set, it is what the function gets.</summary>
    public abstract T? Value { get; set; }
}
