namespace McpFunctions.Domain;

/// <summary>The texts that a property may hold, or that the items of its list may be.</summary>
/// <param name="type">The type with the list.</param>
/// <param name="list">The static property that is the list.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListedInAttribute(Type type, string list) : Attribute
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Values => (IReadOnlyList<string>)type.GetProperty(list)!.GetValue(null)!;
}
