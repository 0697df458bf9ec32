using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Delivery;

/// <summary>The settings <c>Delivery__…</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Delivery";

    /// <summary>The names of all consumers.</summary>
    public static IReadOnlyList<string> KnownConsumers => Subscriptions.Consumers;

    /// <summary>
    /// The consumers that exist in this deployment, separated by commas; all of them unless set. The journal is kept for
    /// each until it has read it, so a consumer that is absent is to be absent on purpose.
    /// </summary>
    public string Consumers { get; set; } = string.Join(',', KnownConsumers);

    /// <summary>
    /// How old a pointer must be, by storage's clock, before the relay looks after it: the request that wrote it is given
    /// time to do its own work. A second to 15 minutes; 15 seconds unless set.
    /// </summary>
    public TimeSpan RelayAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How old a publish mark must be before its pointer goes: a Redis that comes back with a file a little older than the
    /// mark has the event published again. Longer than the time between two beats, by which an older file is found out: 5 seconds
    /// more than <see cref="TickDeadline"/> at least, 15 minutes at most; a minute unless set.
    /// </summary>
    public TimeSpan KeepPointersFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How old an entry of the journal must be before recovery handles it: until then it is the fast path's. A second to 15 minutes; 10 seconds unless set.</summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a consumer may take for an event; then it is abandoned, and the delivery counts as failed. A second to <see cref="TickDeadline"/>; 30 seconds unless set.</summary>
    public TimeSpan HandlerDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a tick of relay or recovery takes at most, before it gives way to the next one. 10 seconds to 5 minutes; 45 seconds unless set.</summary>
    public TimeSpan TickDeadline { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>How long the journal keeps what everybody has read: a minute to a day; an hour unless set.</summary>
    public TimeSpan JournalRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many entries the journal has at most, whoever has not read them: 1,000 to 10,000,000; 200,000 unless set.</summary>
    public int JournalMaxLength { get; set; } = 200_000;

    /// <summary>How long committed events are kept for replays: a day to ten years; 90 days unless set.</summary>
    public TimeSpan LogRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How long the audit log is kept: a day to a hundred years; 365 days unless set.</summary>
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(365);

    /// <summary><see cref="Consumers"/>, one by one.</summary>
    public IReadOnlyList<string> ConsumerNames => Consumers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
