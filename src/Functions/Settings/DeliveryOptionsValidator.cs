using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>Checks the settings <c>Delivery__…</c> at start.</summary>
public sealed class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DeliveryOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(DeliveryOptions options)
    {
        string[] unknown = [.. options.ConsumerNames.Except(DeliveryOptions.KnownConsumers)];
        if (unknown.Length > 0 || options.ConsumerNames.Count == 0)
        {
            yield return $"Set Delivery__Consumers to one or more of {string.Join(", ", DeliveryOptions.KnownConsumers)}, separated by commas, or leave it out for all.";
        }

        foreach ((string name, TimeSpan value, string @default) in new[]
        {
            (nameof(options.RelayAfter), options.RelayAfter, "00:00:15"),
            (nameof(options.Grace), options.Grace, "00:00:10"),
        })
        {
            if (value < TimeSpan.FromSeconds(1) || value > TimeSpan.FromMinutes(15))
            {
                yield return $"Set Delivery__{name} to a time from 00:00:01 to 00:15:00, or leave it out for {@default}.";
            }
        }

        if (options.TickDeadline < TimeSpan.FromSeconds(10) || options.TickDeadline > TimeSpan.FromMinutes(5))
        {
            yield return "Set Delivery__TickDeadline to a time from 00:00:10 to 00:05:00, or leave it out for 00:00:45.";
        }

        // If the tick ended first, the attempt would never count.
        if (options.HandlerDeadline < TimeSpan.FromSeconds(1) || options.HandlerDeadline >= options.TickDeadline)
        {
            yield return $"Set Delivery__HandlerDeadline to a time from 00:00:01 to less than Delivery__TickDeadline, which is {options.TickDeadline}, or leave both out for 00:00:30 and 00:00:45.";
        }

        // The epoch reveals a Redis file that is older than the last tick. Only the remaining outbox entries reveal the loss of a newer one.
        TimeSpan betweenTicks = options.TickDeadline + TickSchedule.Interval;
        if (options.KeepOutboxEntriesFor < betweenTicks || options.KeepOutboxEntriesFor > TimeSpan.FromMinutes(15))
        {
            yield return $"Set Delivery__KeepOutboxEntriesFor to a time from {betweenTicks} (Delivery__TickDeadline and 5 seconds) to 00:15:00, or leave it out for 00:01:00.";
        }

        if (options.JournalRetention < TimeSpan.FromMinutes(1) || options.JournalRetention > TimeSpan.FromDays(1))
        {
            yield return "Set Delivery__JournalRetention to a time from 00:01:00 to 1.00:00:00, or leave it out for 01:00:00.";
        }

        if (options.JournalMaxLength is < 1_000 or > 10_000_000)
        {
            yield return "Set Delivery__JournalMaxLength to a number from 1000 to 10000000, or leave it out for 200000.";
        }

        if (options.JournalMaxBytes is < 1L << 20 or > 1L << 40)
        {
            yield return "Set Delivery__JournalMaxBytes to a number from 1048576 to 1099511627776, or leave it out for 1073741824.";
        }

        if (options.LogRetention < TimeSpan.FromDays(1) || options.LogRetention > TimeSpan.FromDays(3653))
        {
            yield return "Set Delivery__LogRetention to a time from 1.00:00:00 to 3653.00:00:00, or leave it out for 90.00:00:00.";
        }

        if (options.AuditRetention < TimeSpan.FromDays(1) || options.AuditRetention > TimeSpan.FromDays(36525))
        {
            yield return "Set Delivery__AuditRetention to a time from 1.00:00:00 to 36525.00:00:00, or leave it out for 365.00:00:00.";
        }
    }
}
