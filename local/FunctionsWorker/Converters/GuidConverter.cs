namespace Microsoft.Azure.Functions.Worker.Converters;

internal sealed class GuidConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(context.ValueType == typeof(Guid) && context.Source is string text && Guid.TryParse(text, out var guid)
            ? ConversionResult.Success(guid)
            : ConversionResult.Unhandled());
}
