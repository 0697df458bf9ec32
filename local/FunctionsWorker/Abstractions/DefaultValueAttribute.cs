namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>The value that a binding attribute's property has in the function metadata when it is not set.</summary>
[AttributeUsage(AttributeTargets.Property)]
public class DefaultValueAttribute : Attribute
{
    /// <summary>Initializes the attribute with a string.</summary>
    /// <param name="stringDefault">The default.</param>
    public DefaultValueAttribute(string stringDefault) => DefaultStringValue = stringDefault;

    /// <summary>Initializes the attribute with a boolean.</summary>
    /// <param name="boolDefault">The default.</param>
    public DefaultValueAttribute(bool boolDefault) => DefaultBoolValue = boolDefault;

    /// <summary>The default, where it is a string.</summary>
    public string? DefaultStringValue { get; }

    /// <summary>The default, where it is a boolean.</summary>
    public bool? DefaultBoolValue { get; }
}
