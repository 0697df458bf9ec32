namespace McpFunctions.Functions.Storage;

/// <summary>A damaged row of the Gateway table: it should hold an event, but somebody has changed it.</summary>
/// <param name="Partition">Its partition key.</param>
/// <param name="Key">Its row key.</param>
/// <param name="Body">Its content; may be empty.</param>
/// <param name="Problem">The reason why it is not the event.</param>
public sealed record UnreadableEvent(string Partition, string Key, byte[] Body, string Problem)
{
    /// <summary>Describes the row and its problem, without its content.</summary>
    /// <returns>A sentence.</returns>
    public override string ToString() => $"The row {Key} of {Partition} does not hold its event: {Problem}.";
}
