using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Storage;

/// <summary>The events and damaged rows behind lines of the <see cref="EventLog"/>.</summary>
/// <param name="Events">The events that are still there, in no order.</param>
/// <param name="Unreadable">The rows that hold none, though they should.</param>
public sealed record FetchedEvents(IReadOnlyList<DomainEvent> Events, IReadOnlyList<UnreadableEvent> Unreadable);
