using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Functions.Files;

/// <summary>The body of <c>PATCH files/{id}</c>.</summary>
/// <param name="Filename">The new name, at most 255 bytes of UTF-8 after its path.</param>
public sealed record RenameRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(Domain.Files.Filename.MaxLength, MinimumLength = 1)] string? Filename);
