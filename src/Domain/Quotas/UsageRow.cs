namespace McpFunctions.Domain.Quotas;

/// <summary>The usage of one kind by a user. It changes in the same transaction as the items, so it is exact.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Bytes">How many bytes they have together.</param>
public sealed record UsageRow(long Count, long Bytes)
{
    /// <summary>What there is after a change. What was never counted is not subtracted.</summary>
    /// <param name="count">How many there are more; negative for fewer.</param>
    /// <param name="bytes">How many bytes there are more; negative for fewer.</param>
    /// <returns>The row.</returns>
    public UsageRow Plus(long count, long bytes) => new(Math.Max(0, Count + count), Math.Max(0, Bytes + bytes));
}
