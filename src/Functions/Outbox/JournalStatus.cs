namespace McpFunctions.Functions.Outbox;

/// <summary>The state of journals, read at once.</summary>
/// <param name="Now">The time, by the clock of Redis that makes the ids of the entries.</param>
/// <param name="Streams">The journals by event type.</param>
public sealed record JournalStatus(DateTimeOffset Now, IReadOnlyDictionary<string, StreamStatus> Streams)
{
    /// <summary>The group of a consumer in the journal of a type.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <returns>Its state; null if there is no group.</returns>
    public GroupStatus? Group(string consumer, string type) => Streams.GetValueOrDefault(type)?.Groups.GetValueOrDefault(consumer);
}
