namespace McpFunctions.Domain.Events;

/// <summary>The Redis Pub/Sub channels of the decision record (ADR-003): <c>events:{type}</c>.</summary>
public static class EventChannels
{
    /// <summary>The prefix of channel names, before the event type.</summary>
    public const string Prefix = "events:";

    /// <summary>The channel of an event type.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>.</param>
    /// <returns><c>events:{type}</c>.</returns>
    public static string Of(string type) => Prefix + type;
}
