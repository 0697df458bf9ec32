using McpFunctions.Domain.Events;
using McpFunctions.Functions.Outbox;

namespace McpFunctions.Functions.Recovery;

/// <summary>An event that a consumer has not acknowledged.</summary>
/// <param name="Entry">Its entry in the journal.</param>
/// <param name="Event">The event.</param>
/// <param name="Attempts">The number of attempts before.</param>
internal sealed record HeldEvent(JournalEntry Entry, DomainEvent Event, int Attempts = 0);
