using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Settings;

/// <summary>The journal, relay, recovery and the time that events are kept.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Delivery";

    /// <summary>The names of all consumers.</summary>
    public static IReadOnlyList<string> KnownConsumers => Subscriptions.Consumers;

    /// <summary>
    /// The consumers of this deployment, separated by commas; all of them unless set. The journal keeps each event until
    /// every consumer named here has read it, so leave out only a consumer that runs nowhere.
    /// </summary>
    public string Consumers { get; set; } = string.Join(',', KnownConsumers);

    /// <summary>
    /// The age from which the relay works on an outbox entry, by storage's clock. Younger entries belong to requests that are
    /// still running. A second to 15 minutes; 15 seconds unless set.
    /// </summary>
    public TimeSpan RelayAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The age that a published marker has when the relay deletes the outbox entry. A Redis that comes back with a slightly older
    /// file then gets the event again. At least <see cref="TickDeadline"/> and 5 seconds, at most 15 minutes; a minute unless set.
    /// </summary>
    public TimeSpan KeepOutboxEntriesFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The age from which recovery handles an entry of the journal. Younger entries belong to the event functions. A second to
    /// 15 minutes; 10 seconds unless set.
    /// </summary>
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The time that a consumer has for one event. Later the gateway abandons the attempt and counts it as failed. A second to
    /// less than <see cref="TickDeadline"/>; 30 seconds unless set.
    /// </summary>
    public TimeSpan HandlerDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The time after which relay and recovery end a tick and leave the rest to the next one. 10 seconds to 5 minutes; 45 seconds unless set.</summary>
    public TimeSpan TickDeadline { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>The time that the journal keeps entries which every consumer has read. A minute to a day; an hour unless set.</summary>
    public TimeSpan JournalRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// The most entries that the journal holds, read or unread. Recovery replays unread entries that had to go. 1,000 to
    /// 10,000,000; 200,000 unless set.
    /// </summary>
    public int JournalMaxLength { get; set; } = 200_000;

    /// <summary>
    /// The most bytes of Redis's memory that the journal takes, read or unread. Recovery replays unread entries that had to go.
    /// 1 MiB to 1 TiB; 1 GiB unless set.
    /// </summary>
    public long JournalMaxBytes { get; set; } = 1L << 30;

    /// <summary>The time that committed events stay in storage and can be replayed. A day to ten years; 90 days unless set.</summary>
    public TimeSpan LogRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The time that the audit log keeps its lines. A day to a hundred years; 365 days unless set.</summary>
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(365);

    /// <summary><see cref="Consumers"/>, one by one.</summary>
    public IReadOnlyList<string> ConsumerNames => Consumers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
