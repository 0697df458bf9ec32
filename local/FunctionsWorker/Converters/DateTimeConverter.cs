using System.Globalization;

namespace Microsoft.Azure.Functions.Worker.Converters;

internal sealed class DateTimeConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(Convert(context));

    private static ConversionResult Convert(ConverterContext context)
    {
        if (context.Source is not string text)
            return ConversionResult.Unhandled();
        if (context.ValueType == typeof(DateTimeOffset) && DateTimeOffset.TryParse(text, CultureInfo.CurrentCulture, out var offset))
            return ConversionResult.Success(offset);
        if (context.ValueType == typeof(DateTime) && DateTime.TryParse(text, CultureInfo.CurrentCulture, out var time))
            return ConversionResult.Success(time);
        return ConversionResult.Unhandled();
    }
}
