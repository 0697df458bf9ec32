namespace McpFunctions.Domain.Events;

/// <summary>Something of a user that exists in storage, as the event that would announce it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version; 0 if it has none.</param>
/// <param name="Event">The event, whose id says nothing.</param>
public sealed record ActiveEntity(string Id, long Version, DomainEvent Event)
{
    /// <summary>Makes one.</summary>
    /// <typeparam name="TPayload">The payload record; it names the event's type.</typeparam>
    /// <param name="id">Its id.</param>
    /// <param name="version">Its version; 0 if it has none.</param>
    /// <param name="timestamp">The time of its last change.</param>
    /// <param name="payload">The facts.</param>
    /// <returns>The entity.</returns>
    public static ActiveEntity Of<TPayload>(string id, long version, DateTimeOffset timestamp, TPayload payload)
        where TPayload : IEventPayload => new(id, version, DomainEvent.Create(payload, timestamp, null, null) with { Timestamp = timestamp });
}
