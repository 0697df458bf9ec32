namespace Microsoft.Azure.Functions.Worker;

internal sealed class ReplaceableOutput<T>(InvocationBindings bindings, string name, string bindingType) : OutputBindingData<T>
{
    public override string BindingType => bindingType;

    public override string Name => name;

    public override T? Value
    {
        get => (T?)bindings.OutputData[name];
        set => bindings.OutputData[name] = value;
    }
}
