using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Domain.Events;

/// <summary>
/// The envelope of the decision record (ADR-003): the wire contract with every producer and consumer, whatever it is written in.
/// </summary>
public sealed record DomainEvent
{
    /// <summary>Identifies the event; consumers deduplicate by it. A UUIDv7 where this gateway publishes.</summary>
    [MaxLength(EventParser.MaxIdLength)]
    public required string Id { get; init; }

    /// <summary>The type of event, one of <see cref="EventTypes"/>.</summary>
    public required string Type { get; init; }

    /// <summary>The time of the event in UTC, to the millisecond.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>An id that joins all events and logs of one request; absent if the producer sent none.</summary>
    [MaxLength(EventParser.MaxIdLength)]
    public string? CorrelationId { get; init; }

    /// <summary>The facts: a JSON object whose fields depend on <see cref="Type"/>. Unknown fields are kept.</summary>
    [JsonObjectValue]
    public required JsonElement Payload { get; init; }

    /// <summary>The origin of the event.</summary>
    public required EventMetadata Metadata { get; init; }

    /// <summary>Makes an event of this gateway.</summary>
    /// <typeparam name="TPayload">The payload record; it names the event's type.</typeparam>
    /// <param name="payload">The facts.</param>
    /// <param name="timestamp">When it happened; cut to milliseconds.</param>
    /// <param name="userId">The user whom it concerns.</param>
    /// <param name="correlationId">The request's correlation id.</param>
    /// <returns>An event with a new id and the current trace context.</returns>
    public static DomainEvent Create<TPayload>(TPayload payload, DateTimeOffset timestamp, string? userId, string? correlationId)
        where TPayload : IEventPayload
    {
        DateTimeOffset time = Timestamps.ToMilliseconds(timestamp);
        return new DomainEvent
        {
            Id = Guid.CreateVersion7(time).ToString(),
            Type = TPayload.EventType,
            Timestamp = time,
            CorrelationId = correlationId,
            Payload = JsonSerializer.SerializeToElement(payload, (JsonTypeInfo<TPayload>)TPayload.TypeInfo),
            Metadata = new EventMetadata
            {
                Service = EventMetadata.GatewayService,
                Version = EventMetadata.GatewayVersion,
                UserId = userId,
                TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
            },
        };
    }
}
