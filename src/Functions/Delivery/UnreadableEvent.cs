namespace McpFunctions.Functions.Delivery;

/// <summary>A row of the Gateway table that should hold an event and does not: somebody has changed it.</summary>
/// <param name="Partition">Its partition key.</param>
/// <param name="Key">Its row key.</param>
/// <param name="Body">What it holds; empty where there is nothing.</param>
/// <param name="Problem">Why that is not its event.</param>
public sealed record UnreadableEvent(string Partition, string Key, byte[] Body, string Problem)
{
    /// <summary>What is wrong with which row, without any of its content.</summary>
    /// <returns>A sentence.</returns>
    public override string ToString() => $"The row {Key} of {Partition} does not hold its event: {Problem}.";
}
