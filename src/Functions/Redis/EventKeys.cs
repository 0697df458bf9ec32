using System.Globalization;
using McpFunctions.Domain.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Redis;

/// <summary>The keys of event delivery. One hash tag keeps them on one node of a cluster, so that a script can use several.</summary>
public static class EventKeys
{
    /// <summary>The live instances: a sorted set by the time of their last sign, in milliseconds by the clock of Redis.</summary>
    public const string Live = "{events}:live";

    /// <summary>The number of trimmed entries of each journal, a hash by event type. It reveals other missing entries.</summary>
    public const string Trimmed = "{events}:trimmed";

    /// <summary>The journal of earlier versions, a stream of all event types.</summary>
    public const string EarlierJournal = "{events}:journal";

    /// <summary>The effects at consumers, a stream.</summary>
    public const string Effects = "{events}:effects";

    /// <summary>What all instances have counted in one step of time, a hash.</summary>
    /// <param name="step">The number of the step.</param>
    public static RedisKey SeriesOf(long step) => string.Create(CultureInfo.InvariantCulture, $"{{events}}:series:{step}");

    /// <summary>The counters of a consumer, a hash.</summary>
    /// <param name="consumer">The consumer.</param>
    public static RedisKey StatisticsOf(string consumer) => $"{{events}}:stats:{consumer}";

    /// <summary>The journal of an event type, a stream.</summary>
    /// <param name="type">The event type.</param>
    public static RedisKey JournalOf(string type) => $"{{events}}:journal:{type}";

    /// <summary>The published marker of an event.</summary>
    /// <param name="eventId">The event.</param>
    public static RedisKey PublishedOf(string eventId) => $"{{events}}:published:{KeyPart.Of(eventId)}";

    /// <summary>The epochs that Redis holds of a consumer, a hash by event type.</summary>
    /// <param name="consumer">The consumer, or the relay.</param>
    public static RedisKey EpochsOf(string consumer) => $"{{events}}:epoch:{consumer}";
}
