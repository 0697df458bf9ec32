using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>The journal, relay, recovery and the time that events are kept.</summary>
[OptionsValidator]
public sealed partial class DeliveryOptions : IValidateOptions<DeliveryOptions>, IValidatableObject
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Delivery";

    /// <summary>The names of all consumers.</summary>
    public static IReadOnlyList<string> KnownConsumers => Subscriptions.Consumers;

    /// <summary>
    /// The consumers of this deployment, separated by commas; all of them unless set. Leave out a
    /// consumer that runs nowhere.
    /// </summary>
    public string Consumers { get; set; } = string.Join(',', KnownConsumers);

    /// <summary>
    /// The age from which the relay works on an outbox entry, by storage's clock. Younger entries belong to requests that are
    /// still running.
    /// </summary>
    [SettingRange("00:00:01", "00:15:00")]
    public TimeSpan RelayAfter { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// The age that a published marker has when the relay deletes the outbox entry. A Redis that comes back with a slightly older
    /// file then gets the event again. At least <see cref="TickDeadline"/> and 5 seconds, at most 15 minutes; a minute unless set.
    /// </summary>
    public TimeSpan KeepOutboxEntriesFor { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The time that a consumer has for one event. Later the gateway abandons the attempt and counts it as failed. A second to
    /// less than <see cref="TickDeadline"/>; 30 seconds unless set.
    /// </summary>
    public TimeSpan HandlerDeadline { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The time after which relay and recovery end a tick and leave the rest to the next one.</summary>
    [SettingRange("00:00:10", "00:05:00")]
    public TimeSpan TickDeadline { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>The time that the journals keep entries which every consumer has handled.</summary>
    [SettingRange("00:01:00", "1.00:00:00")]
    public TimeSpan JournalRetention { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The most entries that all journals hold, read or unread. Recovery replays unread entries that had to go.</summary>
    [SettingRange(1_000, 10_000_000)]
    public int JournalMaxLength { get; set; } = 200_000;

    /// <summary>The most bytes of Redis's memory that all journals take, read or unread. Recovery replays unread entries that had to go.</summary>
    [SettingRange(1L << 20, 1L << 40)]
    public long JournalMaxBytes { get; set; } = 1L << 30;

    /// <summary>
    /// The partitions of storage over which the rows of an hour are spread, in the event log and in the audit log. Storage takes about 2,000 rows
    /// a second for each. Rows that were written under another number stay readable.
    /// </summary>
    [SettingRange(1, 16)]
    public int HourShards { get; set; } = 4;

    /// <summary>The time that committed events stay in storage and can be replayed.</summary>
    [SettingRange("1.00:00:00", "3653.00:00:00")]
    public TimeSpan LogRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>The time that the audit log keeps its lines.</summary>
    [SettingRange("1.00:00:00", "36525.00:00:00")]
    public TimeSpan AuditRetention { get; set; } = TimeSpan.FromDays(365);

    /// <summary><see cref="Consumers"/>, one by one.</summary>
    public IReadOnlyList<string> ConsumerNames => Consumers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <inheritdoc/>
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (ConsumerNames.Count == 0 || ConsumerNames.Except(KnownConsumers).Any())
        {
            yield return new($"Set Delivery__Consumers to one or more of {string.Join(", ", KnownConsumers)}, separated by commas, or leave it out for all.");
        }

        // If the tick ended first, the attempt would never count.
        if (HandlerDeadline < TimeSpan.FromSeconds(1) || HandlerDeadline >= TickDeadline)
        {
            yield return new(
                $"Set Delivery__HandlerDeadline to a time from 00:00:01 to less than Delivery__TickDeadline, which is {TickDeadline}, "
                + $"or leave both out for 00:00:30 and 00:00:45; it is {HandlerDeadline}.");
        }

        // The epoch reveals a Redis file that is older than the last tick. Only the remaining outbox entries reveal the loss of a newer one.
        TimeSpan betweenTicks = TickDeadline + TickSchedule.Interval;
        if (KeepOutboxEntriesFor < betweenTicks || KeepOutboxEntriesFor > TimeSpan.FromMinutes(15))
        {
            yield return new(
                $"Set Delivery__KeepOutboxEntriesFor to a time from {betweenTicks} (Delivery__TickDeadline and 5 seconds) to 00:15:00, "
                + $"or leave it out for 00:01:00; it is {KeepOutboxEntriesFor}.");
        }
    }
}
