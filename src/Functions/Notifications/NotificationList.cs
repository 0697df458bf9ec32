using McpFunctions.Domain.Notifications;

namespace McpFunctions.Functions.Notifications;

/// <summary>The answer of <c>GET notifications</c>.</summary>
/// <param name="Items">The notifications, in the order of their sequence.</param>
/// <param name="After">What to send as <c>after</c> the next time.</param>
public sealed record NotificationList(IReadOnlyList<Notification> Items, long After);
