namespace McpFunctions.Domain.Quotas;

/// <summary>How much of one kind a user has. It changes in the transaction that adds or removes what it counts, so that it is exact.</summary>
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
