using System.ComponentModel.DataAnnotations;

namespace McpFunctions.Domain.Commands;

/// <summary>The body of <c>POST commands/{id}/fail</c>.</summary>
/// <param name="Error">The error message.</param>
public sealed record FailCommandRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(CommandService.MaxErrorLength, MinimumLength = 1, ErrorMessage = "Describe the error in {2} to {1} characters.")] string? Error);
