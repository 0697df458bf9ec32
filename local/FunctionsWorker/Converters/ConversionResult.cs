namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>What a converter says: a value, that it is not its business, or why it failed.</summary>
internal readonly record struct ConversionResult(ConversionStatus Status, object? Value, Exception? Error)
{
    public static ConversionResult Unhandled() => default;

    public static ConversionResult Success(object? value) => new(ConversionStatus.Succeeded, value, null);

    public static ConversionResult Failed(Exception error) => new(ConversionStatus.Failed, null, error);
}
