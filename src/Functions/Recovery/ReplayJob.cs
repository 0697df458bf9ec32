using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Recovery;

/// <summary>A job that hands past events to a consumer again.</summary>
public sealed record ReplayJob
{
    /// <summary>Identifies the job.</summary>
    [DataType("uuid")]
    public required string Id { get; init; }

    /// <summary>The consumer.</summary>
    [ListedIn(typeof(Subscriptions), nameof(Subscriptions.Consumers))]
    public required string Consumer { get; init; }

    /// <summary>The types of event; absent for all.</summary>
    [MinLength(1), ListedIn(typeof(EventTypes), nameof(EventTypes.All))]
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The oldest event time.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset From { get; init; }

    /// <summary>The newest event time.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// The reason for the job: <c>operator</c>, <c>redis-lost-state</c>, <c>journal-trimmed</c> or <c>journal-entry-lost</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary><c>running</c>, <c>paused</c>, <c>done</c> or <c>cancelled</c>.</summary>
    [AllowedValues(ReplayJobs.Running, ReplayJobs.Paused, ReplayJobs.Done, ReplayJobs.Cancelled)]
    public required string Status { get; init; }

    /// <summary>The number of matching events.</summary>
    [Range(0, int.MaxValue)]
    public long Matched { get; init; }

    /// <summary>The number of events that the consumer handled.</summary>
    [Range(0, int.MaxValue)]
    public long Delivered { get; init; }

    /// <summary>The number of events that became dead letters.</summary>
    [Range(0, int.MaxValue)]
    public long Failed { get; init; }

    /// <summary>The time of the request.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }
}
