namespace Microsoft.Azure.Functions.Worker;

internal sealed class ReplaceableResult(InvocationBindings bindings) : InvocationResult
{
    public override object? Value
    {
        get => bindings.Result;
        set => bindings.Result = value;
    }
}
