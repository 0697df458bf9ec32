namespace McpFunctions.Domain.Events;

/// <summary>The facts of one type of event.</summary>
public interface IEventPayload
{
    /// <summary>The type of the events that carry this payload, one of <see cref="EventTypes"/>.</summary>
    static abstract string EventType { get; }
}
