using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Domain.Events;

/// <summary>The facts of one type of event.</summary>
public interface IEventPayload
{
    /// <summary>The type of the events that carry this payload, one of <see cref="EventTypes"/>.</summary>
    static abstract string EventType { get; }

    /// <summary>How the payload is written, from the context of its feature.</summary>
    static abstract JsonTypeInfo TypeInfo { get; }
}
