using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Telemetry;

/// <summary>Metrics of event delivery, in the meter <c>McpFunctions</c>. Attributes follow OpenTelemetry's messaging conventions.</summary>
public sealed class DeliveryMetrics
{
    // Three missed ticks and more: the timer runs in another instance now, which reports the values.
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly TimeProvider time;
    private readonly DeliverySums sums;
    private readonly Counter<long> relayed;
    private readonly Counter<long> delivered;
    private readonly Counter<long> recovered;
    private readonly Counter<long> deadLettered;
    private readonly Counter<long> replayed;
    private readonly Counter<long> trimmed;
    private readonly Counter<long> redisLostState;
    private readonly Histogram<double> processing;
    private readonly Histogram<double> latency;
    private readonly Gauge lag;
    private readonly Gauge lagTime;
    private readonly Gauge journals;
    private readonly Gauge outbox;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes meters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="sums">Adds up what operators see.</param>
    public DeliveryMetrics(IMeterFactory meters, TimeProvider time, DeliverySums sums)
    {
        this.time = time;
        this.sums = sums;
        Meter meter = meters.Create(GatewaySource.Name);
        relayed = meter.CreateCounter<long>("mcpfunctions.events.relayed", "{event}", "Committed events that the relay published late.");
        delivered = meter.CreateCounter<long>("mcpfunctions.events.delivered", "{event}", "Events that a doorbell brought and a consumer handled.");
        recovered = meter.CreateCounter<long>("mcpfunctions.events.recovered", "{event}", "Events that only recovery handled.");
        deadLettered = meter.CreateCounter<long>("mcpfunctions.events.dead_lettered", "{event}", "Events that a consumer could not handle.");
        replayed = meter.CreateCounter<long>("mcpfunctions.events.replayed", "{event}", "Events that replays handled.");
        trimmed = meter.CreateCounter<long>(
            "mcpfunctions.journal.trimmed_unread", "{consumer}", "Cuts of the journal that removed entries which a consumer had not read.");
        redisLostState = meter.CreateCounter<long>("mcpfunctions.redis.lost_state", "{loss}", "Losses of Redis state that a consumer noticed.");
        processing = meter.CreateHistogram(
            "messaging.process.duration",
            "s",
            "Duration of a consumer's handler.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] });
        latency = meter.CreateHistogram(
            "mcpfunctions.events.latency",
            "s",
            "Time from an event to its effect at a consumer, by the event's own time.",
            tags: null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800] });
        lag = new Gauge(meter, this, "mcpfunctions.consumer.lag", "{event}", "Events in the journal that a consumer has not handled.");
        lagTime = new Gauge(meter, this, "mcpfunctions.consumer.lag.time", "s", "Age of the oldest event in the journal that a consumer has not handled.");
        journals = new Gauge(meter, this, "mcpfunctions.journal.entries", "{event}", "Length of the journal, handled events among them.");
        outbox = new Gauge(meter, this, "mcpfunctions.outbox.entries", "{entry}", "Outbox entries: transactions that the relay has not finished.");
    }

    /// <summary>Counts events that the relay published.</summary>
    /// <param name="count">The number of events.</param>
    public void Relayed(int count) => relayed.Add(count);

    /// <summary>Counts events that a doorbell brought.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="count">The number of events.</param>
    public void Delivered(string consumer, string type, int count)
    {
        delivered.Add(count, Of(consumer), OfType(type));
        sums.Add(DeliverySums.Handled, consumer, count);
    }

    /// <summary>Counts events that only recovery handled.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="count">The number of events.</param>
    public void Recovered(string consumer, string type, int count)
    {
        recovered.Add(count, Of(consumer), OfType(type));
        sums.Add(DeliverySums.Handled, consumer, count);
        sums.Add(DeliverySums.Recovered, consumer, count);
    }

    /// <summary>Counts a dead letter.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type; null if it is no event.</param>
    public void DeadLettered(string consumer, string? type)
    {
        // A foreign message may name any type, and each would be a series of its own.
        if (type is not null && EventTypes.All.Contains(type))
        {
            deadLettered.Add(1, Of(consumer), OfType(type));
        }
        else
        {
            deadLettered.Add(1, Of(consumer));
        }
    }

    /// <summary>Counts events that a replay handled.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="count">The number of events.</param>
    public void Replayed(string consumer, string type, int count) => replayed.Add(count, Of(consumer), OfType(type));

    /// <summary>Counts events that had an effect only by a replay, for operators.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="count">The number of events.</param>
    public void HandledByReplay(string consumer, int count) => sums.Add(DeliverySums.Handled, consumer, count);

    /// <summary>Counts a cut of the journal that removed unread entries.</summary>
    /// <param name="consumer">The consumer.</param>
    public void TrimmedUnread(string consumer) => trimmed.Add(1, Of(consumer));

    /// <summary>Counts a loss of state in Redis.</summary>
    /// <param name="consumer">The consumer that noticed it.</param>
    public void RedisLostState(string consumer) => redisLostState.Add(1, Of(consumer));

    /// <summary>Counts events that entered the journal.</summary>
    /// <param name="count">The number of events.</param>
    public void Published(int count) => sums.Add(DeliverySums.Events, null, count);

    /// <summary>Counts a failed attempt of a consumer, for operators.</summary>
    /// <param name="consumer">The consumer.</param>
    public void Failed(string consumer) => sums.Add(DeliverySums.Failed, consumer);

    /// <summary>Measures an attempt of a consumer at an event.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="started">The timestamp at which it began.</param>
    /// <param name="failure">Its failure; null if it succeeded.</param>
    public void Processed(string consumer, string type, long started, Exception? failure)
    {
        if (processing.Enabled)
        {
            TagList tags = [new("messaging.system", "redis"), new("messaging.operation.name", "process"), Of(consumer), OfType(type)];
            if (failure is not null)
            {
                tags.Add("error.type", failure.GetType().FullName);
            }

            processing.Record(time.GetElapsedTime(started).TotalSeconds, tags);
        }
    }

    /// <summary>Measures the time from an event to its effect.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="domainEvent">The event.</param>
    /// <param name="delivery">What brought it: a doorbell or recovery.</param>
    public void HadEffect(string consumer, DomainEvent domainEvent, string delivery)
    {
        if (time.GetUtcNow() is var now && EventTime.IsPlausible(domainEvent.Timestamp, now))
        {
            // The clock of another producer may be ahead.
            TimeSpan taken = now > domainEvent.Timestamp ? now - domainEvent.Timestamp : TimeSpan.Zero;
            sums.AddLatency(consumer, taken);
            if (latency.Enabled)
            {
                latency.Record(taken.TotalSeconds, Of(consumer), OfType(domainEvent.Type), new("mcpfunctions.delivery", delivery));
            }
        }
    }

    /// <summary>Notes what a consumer has not handled of a journal, and the length of the journal. Recovery has read it anyway.</summary>
    /// <param name="consumer">The consumer.</param>
    /// <param name="type">The event type.</param>
    /// <param name="events">The events that are unread or pending.</param>
    /// <param name="oldest">The age of the oldest of them.</param>
    /// <param name="pending">Those of them that were read and not acknowledged.</param>
    /// <param name="length">The number of entries of the journal.</param>
    public void Lag(string consumer, string type, long events, TimeSpan oldest, long pending, long length)
    {
        sums.Note(consumer, type, new DeliverySums.PairLag(events, oldest, pending));
        lag.Note(events, Of(consumer), OfType(type));
        lagTime.Note(oldest.TotalSeconds, Of(consumer), OfType(type));
        journals.Note(length, OfType(type));
    }

    /// <summary>Notes the number of outbox entries. The relay has read them anyway.</summary>
    /// <param name="entries">The number of entries.</param>
    public void Outbox(int entries) => outbox.Note(entries);

    private static KeyValuePair<string, object?> Of(string consumer) => new("messaging.consumer.group.name", consumer);

    private static KeyValuePair<string, object?> OfType(string type) => new("messaging.destination.name", EventChannels.Of(type));

    // The last value of each series, until it is too old.
    private sealed class Gauge
    {
        private readonly ConcurrentDictionary<string, (Measurement<double> Value, long At)> series = new();
        private readonly DeliveryMetrics owner;
        private readonly ObservableGauge<double> instrument;

        public Gauge(Meter meter, DeliveryMetrics owner, string name, string unit, string description)
        {
            this.owner = owner;
            instrument = meter.CreateObservableGauge(
                name, () => series.Values.Where(each => owner.time.GetElapsedTime(each.At) < MaxAge).Select(each => each.Value), unit, description);
        }

        public void Note(double value, params KeyValuePair<string, object?>[] tags)
        {
            if (instrument.Enabled)
            {
                series[string.Join(' ', tags.Select(tag => tag.Value))] = (new Measurement<double>(value, tags), owner.time.GetTimestamp());
            }
        }
    }
}
