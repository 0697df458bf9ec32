using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>A stored file, without its content.</summary>
public sealed record FileRecord
{
    /// <summary>Identifies the file: a UUIDv7, so that ids sort by creation.</summary>
    [DataType("uuid")]
    public required string Id { get; init; }

    /// <summary>Its name, made safe by <see cref="Files.Filename"/>.</summary>
    [StringLength(Files.Filename.MaxBytes, MinimumLength = 1)]
    public required string Filename { get; init; }

    /// <summary>Its length in bytes.</summary>
    [Range(0, int.MaxValue)]
    public required long Size { get; init; }

    /// <summary>Its media type, as the uploader gave it.</summary>
    [StringLength(FileLimits.MaxContentTypeLength, MinimumLength = 1)]
    public required string ContentType { get; init; }

    /// <summary>The SHA-256 of its content, in lower-case hex.</summary>
    [RegularExpression("^[0-9a-f]{64}$")]
    public required string Sha256 { get; init; }

    /// <summary>The version: 1 for the upload, one more for each change.</summary>
    [Range(1, int.MaxValue)]
    public required long Version { get; init; }

    /// <summary>The user who uploaded it and owns it.</summary>
    public required string UploadedBy { get; init; }

    /// <summary>The time of the upload.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time of its last change.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The entity tag of this version (RFC 9110, section 8.8.3): the version in quotes.</summary>
    [JsonIgnore]
    public string ETag => $"\"{Version.ToString(CultureInfo.InvariantCulture)}\"";
}
