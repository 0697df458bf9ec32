namespace McpFunctions.Domain;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Limit">The most items, from 1 to <see cref="MaxLimit"/>.</param>
/// <param name="ContinuationToken">What the part before gave; null for the first part.</param>
public sealed record PageRequest(int Limit, string? ContinuationToken)
{
    /// <summary>The items of a part when nothing else is asked for.</summary>
    public const int DefaultLimit = 50;

    /// <summary>The most items of a part.</summary>
    public const int MaxLimit = 500;
}
