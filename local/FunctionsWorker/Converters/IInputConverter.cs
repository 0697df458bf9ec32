namespace Microsoft.Azure.Functions.Worker.Converters;

internal interface IInputConverter
{
    ValueTask<ConversionResult> ConvertAsync(ConverterContext context);
}
