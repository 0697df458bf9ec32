namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>A value to convert; the source is null where the host sent none.</summary>
internal sealed record ConverterContext(Type TargetType, object? Source, FunctionContext FunctionContext)
{
    /// <summary>The type to make: the parameter's, without the nullable around it.</summary>
    public Type ValueType { get; } = Nullable.GetUnderlyingType(TargetType) ?? TargetType;
}
