namespace McpFunctions.Functions.Notifications;

/// <summary>Live streams of notifications.</summary>
public sealed class NotificationOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Notifications";

    /// <summary>
    /// The time after which the gateway ends a live stream and its client connects again. From a second to 20 s less than the time-out of
    /// functions. Keep it below the time-outs of proxies in front of the gateway. 200 s unless set.
    /// </summary>
    public TimeSpan StreamDuration { get; set; } = TimeSpan.FromSeconds(200);

    /// <summary>The most live streams and waiting reads that a user may have open on an instance; further ones get 429. 1 to 1,000; 20 unless set.</summary>
    public int MaxOpenPerUser { get; set; } = 20;
}
