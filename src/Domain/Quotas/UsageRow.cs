namespace McpFunctions.Domain.Quotas;

/// <summary>How much of one kind a user has. It changes in the transaction that adds or removes what it counts, so that it is exact.</summary>
/// <param name="Count">How many there are.</param>
/// <param name="Bytes">How many bytes they have together.</param>
public sealed record UsageRow(long Count, long Bytes);
