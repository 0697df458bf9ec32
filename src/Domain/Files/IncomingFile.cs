namespace McpFunctions.Domain.Files;

/// <summary>A file on its way in.</summary>
/// <param name="Filename">Its name as the client gave it.</param>
/// <param name="ContentType">Its media type; null for <c>application/octet-stream</c>.</param>
/// <param name="Content">Its bytes, read once.</param>
public sealed record IncomingFile(string? Filename, string? ContentType, Stream Content)
{
    /// <summary>How many bytes the client says that it sends; null where it does not say.</summary>
    public long? Length { get; init; }
}
