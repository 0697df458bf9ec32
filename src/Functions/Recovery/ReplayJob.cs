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
    /// The reason for the job: <c>operator</c>, <c>first-run</c>, <c>redis-lost-state</c>, <c>journal-trimmed</c>,
    /// <c>journal-entry-lost</c> or <c>journal-entries-missing</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary><c>running</c> or <c>done</c>.</summary>
    [AllowedValues(ReplayJobs.Running, ReplayJobs.Done)]
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

    /// <summary>Its position in the log; null at the beginning.</summary>
    [JsonIgnore]
    public string? Cursor { get; init; }

    /// <summary>The number of starts of the next step since the last finished step.</summary>
    [JsonIgnore]
    public int Attempts { get; init; }

    /// <summary>The number of next log lines to handle one by one, since one of them may kill the process.</summary>
    [JsonIgnore]
    public int Isolated { get; init; }

    /// <summary>The version of the row.</summary>
    [JsonIgnore]
    public string ETag { get; init; } = "";
}
