using Microsoft.Azure.Functions.Worker.Converters;

namespace Microsoft.Azure.Functions.Worker;

internal sealed class ReplaceableInput<T>(InvocationBindings bindings, BindingMetadata metadata, T? value) : InputBindingData<T>
{
    private T? _value = value;

    public override BindingMetadata BindingMetadata => metadata;

    public override T? Value
    {
        get => _value;
        set
        {
            _value = value;
            bindings.Replace(metadata.Name, ConversionResult.Success(value));
        }
    }
}
