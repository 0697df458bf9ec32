namespace McpFunctions.Domain;

/// <summary>The requested page of a list.</summary>
/// <param name="Limit">The most items, from 1 to <see cref="MaxLimit"/>.</param>
/// <param name="ContinuationToken">The token of the previous page; null for the first page.</param>
public sealed record PageRequest(int Limit, string? ContinuationToken)
{
    /// <summary>The default number of items.</summary>
    public const int DefaultLimit = 50;

    /// <summary>The most items of a page.</summary>
    public const int MaxLimit = 500;
}
