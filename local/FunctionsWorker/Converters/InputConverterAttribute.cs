namespace Microsoft.Azure.Functions.Worker.Converters;

/// <summary>Names the converter of a parameter.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public class InputConverterAttribute : Attribute
{
    internal InputConverterAttribute(Type converterType) => ConverterType = converterType;

    internal Type ConverterType { get; }
}
