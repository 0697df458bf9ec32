namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Takes a value that the parameter can hold as it is.</summary>
internal sealed class AssignableConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(context.Source is { } source && context.TargetType.IsInstanceOfType(source)
            ? ConversionResult.Success(source)
            : ConversionResult.Unhandled());
}
