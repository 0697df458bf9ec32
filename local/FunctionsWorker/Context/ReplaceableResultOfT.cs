namespace Microsoft.Azure.Functions.Worker;

internal sealed class ReplaceableResult<T>(InvocationBindings bindings) : InvocationResult<T>
{
    public override T? Value
    {
        get => (T?)bindings.Result;
        set => bindings.Result = value;
    }
}
