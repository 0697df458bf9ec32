namespace McpFunctions.Domain.Files;

/// <summary>A file's row of state.</summary>
/// <param name="File">The file as clients see it.</param>
/// <param name="Content">The name of its content in <see cref="IFileContent"/>.</param>
public sealed record FileRow(FileRecord File, string Content);
