using System.Runtime.InteropServices;

namespace McpFunctions.Functions.Telemetry;

/// <summary>
/// Adds up in memory what this instance does, until <see cref="Take"/>. So an event costs no call, and all that has happened in some seconds can be
/// written at once.
/// </summary>
public sealed class DeliverySums
{
    /// <summary>The sum of published events.</summary>
    public const string Events = "events";

    /// <summary>The sum of events that had an effect at a consumer.</summary>
    public const string Handled = "handled";

    /// <summary>The sum of those that only recovery brought.</summary>
    public const string Recovered = "recovered";

    /// <summary>The sum of failed attempts.</summary>
    public const string Failed = "failed";

    /// <summary>The histogram of the times from events to their effects.</summary>
    public const string Latency = "latency";

    private readonly Lock gate = new();
    private Sums sums = new();

    /// <summary>Adds to a sum.</summary>
    /// <param name="name">The name of the sum.</param>
    /// <param name="consumer">The consumer; null for a sum of all.</param>
    /// <param name="count">The number to add.</param>
    public void Add(string name, string? consumer, long count = 1)
    {
        if (count != 0)
        {
            lock (gate)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(sums.Counts, (name, consumer, null), out _) += count;
            }
        }
    }

    /// <summary>Adds the time from an event to its effect.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="latency">The time.</param>
    public void AddLatency(string consumer, TimeSpan latency)
    {
        int bucket = LatencyBuckets.Of(latency);
        lock (gate)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(sums.Counts, (Latency, consumer, bucket), out _)++;
        }
    }

    /// <summary>Notes what a consumer has not handled of a journal. The last note counts.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="lag">The state.</param>
    public void Note(string consumer, string type, PairLag lag)
    {
        lock (gate)
        {
            sums.Lags[(consumer, type)] = lag;
        }
    }

    /// <summary>Notes the health of a component. The last note counts.</summary>
    /// <param name="component">The component.</param>
    /// <param name="status">Its status.</param>
    public void NoteHealth(string component, string status)
    {
        lock (gate)
        {
            sums.Health[component] = status;
        }
    }

    /// <summary>Takes all sums and begins again at zero.</summary>
    /// <returns>The sums since the last call.</returns>
    public Sums Take()
    {
        lock (gate)
        {
            Sums taken = sums;
            sums = new Sums();
            return taken;
        }
    }

    /// <summary>What a consumer has not handled of a journal.</summary>
    /// <param name="Events">The events that are unread or pending.</param>
    /// <param name="Oldest">The age of the oldest of them.</param>
    /// <param name="Pending">The events that were read and not acknowledged.</param>
    public readonly record struct PairLag(long Events, TimeSpan Oldest, long Pending);

    /// <summary>The sums of some seconds.</summary>
    public sealed class Sums
    {
        /// <summary>The counts by name, consumer and bucket of the histogram.</summary>
        public Dictionary<(string Name, string? Consumer, int? Bucket), long> Counts { get; } = [];

        /// <summary>What consumers have not handled, by consumer and type.</summary>
        public Dictionary<(string Consumer, string Type), PairLag> Lags { get; } = [];

        /// <summary>The health by component.</summary>
        public Dictionary<string, string> Health { get; } = [];
    }
}
