using System.Text;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Makes text or an array of binary data.</summary>
internal sealed class BytesConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(Convert(context));

    private static ConversionResult Convert(ConverterContext context)
    {
        if (context.Source is not ReadOnlyMemory<byte> bytes)
            return ConversionResult.Unhandled();
        if (context.TargetType.IsAssignableFrom(typeof(string)))
            return ConversionResult.Success(Encoding.UTF8.GetString(bytes.Span));
        if (context.TargetType.IsAssignableFrom(typeof(byte[])))
            return ConversionResult.Success(bytes.ToArray());
        return ConversionResult.Unhandled();
    }
}
