using McpFunctions.Domain.Notifications;

namespace McpFunctions.Functions.Notifications;

/// <summary>The response of <c>GET notifications</c>.</summary>
/// <param name="Items">The notifications, in the order of their sequence.</param>
/// <param name="After">The value to send as <c>after</c> in the next request.</param>
public sealed record NotificationList(IReadOnlyList<Notification> Items, long After);
