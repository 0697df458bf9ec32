using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Delivery;

/// <summary>A job that has a consumer handle events of the past again.</summary>
public sealed record ReplayJob
{
    /// <summary>Identifies the job.</summary>
    public required string Id { get; init; }

    /// <summary>The consumer.</summary>
    public required string Consumer { get; init; }

    /// <summary>The types of event; absent for all.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>The oldest event time.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset From { get; init; }

    /// <summary>The newest event time.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset To { get; init; }

    /// <summary>
    /// Why there is the job: <c>operator</c>, <c>first-run</c>, <c>redis-lost-state</c>, <c>journal-trimmed</c>,
    /// <c>journal-entry-lost</c> or <c>journal-entries-missing</c>.
    /// </summary>
    public required string Reason { get; init; }

    /// <summary><c>running</c> or <c>done</c>.</summary>
    public required string Status { get; init; }

    /// <summary>How many events were found.</summary>
    public long Matched { get; init; }

    /// <summary>How many the consumer handled.</summary>
    public long Delivered { get; init; }

    /// <summary>How many it could not handle; they are in the dead letters.</summary>
    public long Failed { get; init; }

    /// <summary>When it was asked for.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>How far it is in the log; null at the beginning.</summary>
    [JsonIgnore]
    public string? Cursor { get; init; }

    /// <summary>How often what comes next was begun since the last that was finished.</summary>
    [JsonIgnore]
    public int Attempts { get; init; }

    /// <summary>How many of the next lines of the log are handled one by one, since one of them may end the process.</summary>
    [JsonIgnore]
    public int Alone { get; init; }

    /// <summary>The version of its row.</summary>
    [JsonIgnore]
    public string ETag { get; init; } = "";
}
