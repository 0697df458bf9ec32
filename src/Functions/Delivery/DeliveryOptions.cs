namespace McpFunctions.Functions.Delivery;

/// <summary>The settings <c>Delivery__…</c>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Delivery";

    /// <summary>The names of all consumers.</summary>
    public static IReadOnlyList<string> KnownConsumers { get; } = ["audit", "notifications", "orchestrator"];

    /// <summary>
    /// The consumers that exist in this deployment, separated by commas; all of them unless set. The journal is kept for
    /// each until it has read it, so a consumer that is absent is to be absent on purpose.
    /// </summary>
    public string Consumers { get; set; } = string.Join(',', KnownConsumers);

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
