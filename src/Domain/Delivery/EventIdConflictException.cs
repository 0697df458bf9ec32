namespace McpFunctions.Domain.Delivery;

/// <summary>Two different events have the same id. One of their producers is broken, and a retry does not help.</summary>
/// <param name="eventId">The id.</param>
public sealed class EventIdConflictException(string eventId)
    : Exception($"An earlier event has the same id '{eventId}' but other content.");
