namespace Microsoft.Azure.Functions.Worker;

/// <summary>The return value of an invocation.</summary>
/// <typeparam name="T">Its type.</typeparam>
public abstract class InvocationResult<T>
{
    /// <summary>Initializes the result.</summary>
    protected InvocationResult()
    {
    }

    /// <summary>The value; set, it is what the host gets.</summary>
    public abstract T? Value { get; set; }
}
