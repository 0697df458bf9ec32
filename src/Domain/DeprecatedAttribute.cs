namespace McpFunctions.Domain;

/// <summary>Marks a field that clients should no longer use. The gateway still accepts it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class DeprecatedAttribute : Attribute;
