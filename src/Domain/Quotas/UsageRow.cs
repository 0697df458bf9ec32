using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Quotas;

/// <summary>The usage of one kind by a user. It changes in the same transaction as the items, so it is exact.</summary>
/// <param name="Count">The number of items.</param>
/// <param name="Bytes">The bytes of all of them together.</param>
public sealed record UsageRow(long Count, long Bytes) : IRememberedRow
{
    /// <summary>The usage after a change. Items that were never counted are not subtracted.</summary>
    /// <param name="count">The change in number; may be negative.</param>
    /// <param name="bytes">The change in bytes; may be negative.</param>
    public UsageRow Plus(long count, long bytes) => new(Math.Max(0, Count + count), Math.Max(0, Bytes + bytes));
}
