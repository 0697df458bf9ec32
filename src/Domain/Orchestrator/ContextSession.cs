using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A session that lives, in the context.</summary>
public sealed record ContextSession
{
    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>When it began.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends at the latest; absent where its producer did not say.</summary>
    public string? ExpiresAt { get; init; }

    internal static ContextSession Of(ContextEntity entity) => new()
    {
        SessionId = entity.Id,
        CreatedAt = entity.Latest.Timestamp,
        ExpiresAt = entity.Text("expiresAt"),
    };
}
