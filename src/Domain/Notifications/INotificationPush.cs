namespace McpFunctions.Domain.Notifications;

/// <summary>Sends new notifications to clients that are connected elsewhere than to the gateway.</summary>
public interface INotificationPush
{
    /// <summary>Sends a notification soon, or not at all. Never waits and never fails: the inbox has it anyway.</summary>
    /// <param name="userId">The recipient; the id may have any producer's form.</param>
    /// <param name="notification">The notification.</param>
    void Send(string userId, Notification notification);
}
