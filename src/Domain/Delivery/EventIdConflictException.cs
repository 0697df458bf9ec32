namespace McpFunctions.Domain.Delivery;

/// <summary>Two different events carry the same id: one of their producers is broken, and no retry helps.</summary>
/// <param name="eventId">The id.</param>
public sealed class EventIdConflictException(string eventId)
    : Exception($"Another event with the id '{eventId}', and with other content, has come before.");
