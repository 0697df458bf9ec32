using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>An open session in the context.</summary>
public sealed record ContextSession
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The time of its start.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The latest time of its end; absent if its producer did not send it.</summary>
    public string? ExpiresAt { get; init; }

    internal static ContextSession Of(ContextEntity entity) => new()
    {
        SessionId = entity.Id,
        CreatedAt = entity.Latest.Timestamp,
        ExpiresAt = entity.Text("expiresAt"),
    };
}
