using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Functions.Files;

/// <summary>The body of <c>PATCH files/{id}</c>.</summary>
/// <param name="Filename">The new name.</param>
public sealed record RenameRequest(
    [property: Required(AllowEmptyStrings = true), MinLength(1)] string? Filename);
