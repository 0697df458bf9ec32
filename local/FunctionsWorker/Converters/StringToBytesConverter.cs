using System.Text;

namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Makes UTF-8 of text.</summary>
internal sealed class StringToBytesConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(Convert(context));

    private static ConversionResult Convert(ConverterContext context)
    {
        if (context.Source is not string text)
            return ConversionResult.Unhandled();
        if (context.TargetType.IsAssignableFrom(typeof(byte[])))
            return ConversionResult.Success(Encoding.UTF8.GetBytes(text));
        if (context.ValueType == typeof(ReadOnlyMemory<byte>))
            return ConversionResult.Success(new ReadOnlyMemory<byte>(Encoding.UTF8.GetBytes(text)));
        return ConversionResult.Unhandled();
    }
}
