namespace Microsoft.Azure.Functions.Worker;

/// <summary>One of several outputs of an invocation.</summary>
/// <typeparam name="T">Its type.</typeparam>
public abstract class OutputBindingData<T>
{
    /// <summary>Initializes the output.</summary>
    protected OutputBindingData()
    {
    }

    /// <summary>The binding's type, such as <c>http</c>.</summary>
    public abstract string BindingType { get; }

    /// <summary>The binding's name: that of the property.</summary>
    public abstract string Name { get; }

    /// <summary>The value; set, it is what the host gets.</summary>
    public abstract T? Value { get; set; }
}
