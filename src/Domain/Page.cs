namespace McpFunctions.Domain;

/// <summary>A part of a list.</summary>
/// <typeparam name="T">What the list holds.</typeparam>
/// <param name="Items">The part.</param>
/// <param name="ContinuationToken">Where the next part begins; null where this is the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? ContinuationToken);
