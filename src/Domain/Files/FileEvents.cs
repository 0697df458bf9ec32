using System.Text.Json.Serialization.Metadata;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>The payload of <c>file.uploaded</c>.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Filename">Its name.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="ContentType">Its media type; absent if its producer does not know it.</param>
/// <param name="Sha256">The SHA-256 of its content, in lower-case hex; absent if its producer does not send it.</param>
/// <param name="Version">Its version, 1; absent if its producer does not count versions.</param>
/// <param name="UploadedBy">The user who stored it.</param>
public sealed record FileUploaded(
    string FileId, string Filename, long Size, string? ContentType, string? Sha256, long? Version, string UploadedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.FileUploaded;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => FileEventsJsonContext.Wire.FileUploaded;
}

/// <summary>The payload of <c>file.updated</c>.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Filename">The new name.</param>
/// <param name="Size">The new length in bytes.</param>
/// <param name="ContentType">The new media type; absent if its producer does not know it.</param>
/// <param name="Sha256">The SHA-256 of the new content, in lower-case hex; absent if its producer does not send it.</param>
/// <param name="Version">Its version, one more than before; absent if its producer does not count versions.</param>
/// <param name="UpdatedBy">The user who changed it.</param>
public sealed record FileUpdated(
    string FileId, string Filename, long Size, string? ContentType, string? Sha256, long? Version, string UpdatedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.FileUpdated;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => FileEventsJsonContext.Wire.FileUpdated;
}

/// <summary>The payload of <c>file.deleted</c>.</summary>
/// <param name="FileId">The file.</param>
/// <param name="Filename">Its last name.</param>
/// <param name="Version">One more than its last version; absent if its producer does not count versions.</param>
/// <param name="DeletedBy">The user who deleted it.</param>
public sealed record FileDeleted(string FileId, string Filename, long? Version, string DeletedBy) : IEventPayload
{
    /// <inheritdoc/>
    public static string EventType => EventTypes.FileDeleted;

    /// <inheritdoc/>
    public static JsonTypeInfo TypeInfo => FileEventsJsonContext.Wire.FileDeleted;
}
