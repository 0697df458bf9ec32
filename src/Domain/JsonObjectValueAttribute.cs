namespace McpFunctions.Domain;

/// <summary>Marks a field with any JSON object.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class JsonObjectValueAttribute : Attribute;
