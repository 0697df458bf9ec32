namespace McpFunctions.Functions.Files;

/// <summary>The body of <c>PATCH files/{id}</c>.</summary>
/// <param name="Filename">The new name.</param>
public sealed record RenameRequest(string? Filename);
