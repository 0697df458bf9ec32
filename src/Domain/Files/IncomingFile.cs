namespace McpFunctions.Domain.Files;

/// <summary>A file on its way in.</summary>
/// <param name="Filename">Its name as the client gave it.</param>
/// <param name="ContentType">Its media type; null for <c>application/octet-stream</c>.</param>
/// <param name="Content">Its bytes, read once.</param>
public sealed record IncomingFile(string? Filename, string? ContentType, Stream Content)
{
    /// <summary>The length that the client declares; null if it declares none.</summary>
    public long? Length { get; init; }
}
