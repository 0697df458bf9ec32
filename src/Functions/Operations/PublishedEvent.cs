using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Operations;

/// <summary>An event of <c>GET operations/stream</c>.</summary>
/// <param name="Event">The event.</param>
/// <param name="Consumers">The consumers that take its type.</param>
public sealed record PublishedEvent(DomainEvent Event, IReadOnlyList<string> Consumers);
