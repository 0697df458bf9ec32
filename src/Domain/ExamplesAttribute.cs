namespace McpFunctions.Domain;

/// <summary>The texts that this gateway writes into a field of an event. Other producers may write other texts.</summary>
/// <param name="values">The texts.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ExamplesAttribute(params string[] values) : Attribute
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Values { get; } = values;
}
