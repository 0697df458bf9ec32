using System.Text;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Makes UTF-8 of text.</summary>
internal sealed class StringToBytesConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) =>
        new(context.Source is string text && context.TargetType.IsAssignableFrom(typeof(byte[]))
            ? ConversionResult.Success(Encoding.UTF8.GetBytes(text))
            : ConversionResult.Unhandled());
}
