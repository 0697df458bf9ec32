namespace Microsoft.Azure.Functions.Worker;

/// <summary>The return value of an invocation.</summary>
public abstract class InvocationResult : InvocationResult<object>
{
    /// <summary>Initializes the result.</summary>
    protected InvocationResult()
    {
    }
}
