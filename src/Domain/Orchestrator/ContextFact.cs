using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>The facts of one event about one phase of one entity in a user's context.</summary>
public sealed record ContextFact
{
    /// <summary>The kind of entity: the part of the event type before the first dot.</summary>
    public required string Kind { get; init; }

    /// <summary>The entity's id as its producer gave it.</summary>
    public required string EntityId { get; init; }

    /// <summary>Whether it ends the entity's life. An end takes precedence over all other facts, whenever it arrives.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The entity's version; 0 if the producer sent none.</summary>
    public required long Version { get; init; }

    /// <summary>The time of the event.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The event's id.</summary>
    public required string EventId { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>The event's payload.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>
    /// A text whose ordinal order is the order of facts of one phase: version, then time, then event id.
    /// With it the newest fact wins in any order of arrival, also with repetitions.
    /// </summary>
    [JsonIgnore]
    public string Order => string.Create(
        CultureInfo.InvariantCulture, $"{Version:D19}.{Timestamp.UtcTicks:D19}.{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(EventId))}");

    /// <summary>
    /// The fact from an entity in storage. Without an event id it sorts before the event of the same version, which
    /// says the same.
    /// </summary>
    /// <param name="entity">The entity.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(ActiveEntity entity)
    {
        string type = entity.Event.Type;
        return new ContextFact
        {
            Kind = type[..type.IndexOf('.', StringComparison.Ordinal)],
            EntityId = entity.Id,
            IsTerminal = false,
            Version = entity.Version,
            Timestamp = entity.Event.Timestamp,
            EventId = "",
            Type = type,
            Payload = entity.Event.Payload,
        };
    }
}
