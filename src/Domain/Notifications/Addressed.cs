namespace McpFunctions.Domain.Notifications;

/// <summary>A notification and whom it is for.</summary>
/// <param name="Recipient">The user; any producer's form of id. Null for all administrators.</param>
/// <param name="Notification">The notification.</param>
public sealed record Addressed(string? Recipient, Notification Notification);
