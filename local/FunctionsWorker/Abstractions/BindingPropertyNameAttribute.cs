namespace Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

/// <summary>Gives a binding attribute's property another name in the function metadata.</summary>
/// <param name="bindingPropertyName">The name in the metadata.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BindingPropertyNameAttribute(string bindingPropertyName) : Attribute
{
    /// <summary>The name in the metadata.</summary>
    public string BindingPropertyName { get; } = bindingPropertyName;
}
