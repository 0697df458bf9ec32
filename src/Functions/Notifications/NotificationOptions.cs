namespace McpFunctions.Functions.Notifications;

/// <summary>The settings <c>Notifications__…</c>.</summary>
public sealed class NotificationOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Notifications";

    /// <summary>
    /// How long a live stream stays open before it ends itself and its client connects again: from a second to 20 s less than the time-out of
    /// functions, and less than the time-outs of whatever stands before the gateway. 200 s unless set.
    /// </summary>
    public TimeSpan StreamDuration { get; set; } = TimeSpan.FromSeconds(200);
}
