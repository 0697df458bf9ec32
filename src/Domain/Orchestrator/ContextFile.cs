using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>A file in the context. A field is absent if its producer did not send it.</summary>
public sealed record ContextFile
{
    /// <summary>The file.</summary>
    public required string FileId { get; init; }

    /// <summary>Its name.</summary>
    public string? Filename { get; init; }

    /// <summary>Its length in bytes.</summary>
    public long? Size { get; init; }

    /// <summary>Its media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The SHA-256 of its content, in lower-case hex.</summary>
    public string? Sha256 { get; init; }

    /// <summary>Its version.</summary>
    public long? Version { get; init; }

    /// <summary>The time of its last change.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset UpdatedAt { get; init; }

    internal static ContextFile Of(ContextFact fact) => new()
    {
        FileId = fact.EntityId,
        Filename = fact.Payload.Text("filename"),
        Size = fact.Payload.Number("size"),
        ContentType = fact.Payload.Text("contentType"),
        Sha256 = fact.Payload.Text("sha256"),
        Version = fact.Payload.Number("version"),
        UpdatedAt = fact.Timestamp,
    };
}
