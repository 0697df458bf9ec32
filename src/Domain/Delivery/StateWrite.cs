namespace McpFunctions.Domain.Delivery;

/// <summary>One change of one row of state.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Key">The row key.</param>
/// <param name="Value">The new row; null for a deletion.</param>
/// <param name="ETag">The ETag that the row must still have; null for an insertion.</param>
public sealed record StateWrite(StateWriteKind Kind, string Key, object? Value, string? ETag);

/// <summary>The kinds of changes of a row.</summary>
public enum StateWriteKind
{
    /// <summary>It must not exist, and then does.</summary>
    Insert,

    /// <summary>It must be as it was read, and gets a new value.</summary>
    Replace,

    /// <summary>It must be as it was read, and goes.</summary>
    Delete,
}
