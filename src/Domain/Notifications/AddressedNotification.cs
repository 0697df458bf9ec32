namespace McpFunctions.Domain.Notifications;

/// <summary>A notification with its recipient.</summary>
/// <param name="Recipient">The user; any producer's form of id. Null for all administrators.</param>
/// <param name="Notification">The notification.</param>
public sealed record AddressedNotification(string? Recipient, Notification Notification);
