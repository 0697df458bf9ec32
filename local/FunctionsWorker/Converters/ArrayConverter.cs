namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Makes an array of a batch of messages.</summary>
internal sealed class ArrayConverter : IInputConverter
{
    public ValueTask<ConversionResult> ConvertAsync(ConverterContext context) => new(Convert(context));

    private static ConversionResult Convert(ConverterContext context)
    {
        object? array = (context.TargetType, context.Source) switch
        {
            (var type, IEnumerable<string> texts) when type == typeof(string[]) => texts.ToArray(),
            (var type, IEnumerable<ReadOnlyMemory<byte>> blobs) when type == typeof(byte[][]) =>
                blobs.Select(blob => blob.ToArray()).ToArray(),
            (var type, IEnumerable<ReadOnlyMemory<byte>> blobs) when type == typeof(ReadOnlyMemory<byte>[]) => blobs.ToArray(),
            (var type, IEnumerable<double> numbers) when type == typeof(double[]) => numbers.ToArray(),
            (var type, IEnumerable<long> numbers) when type == typeof(long[]) => numbers.ToArray(),
            _ => null,
        };
        return array is null ? ConversionResult.Unhandled() : ConversionResult.Success(array);
    }
}
