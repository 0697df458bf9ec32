using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace McpFunctions.Functions.Operations;

/// <summary>The body of <c>POST dead-letters/{consumer}/{eventId}/edit</c>.</summary>
/// <param name="Event">The whole event as it should be. It keeps its id, unless that belongs to another event.</param>
/// <param name="Reason">Why it is changed. Kept with the dead letter and in the audit log.</param>
public sealed record EditRequest(
    [property: Required(ErrorMessage = "Send the whole event as it should be.")] JsonElement? Event,
    [property: Required, StringLength(500, MinimumLength = 1, ErrorMessage = "Send {0} with {2} to {1} characters.")] string? Reason);
