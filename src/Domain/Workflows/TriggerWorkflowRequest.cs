using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace McpFunctions.Domain.Workflows;

/// <summary>The body of <c>POST workflows</c>.</summary>
/// <param name="Name">The workflow's name.</param>
/// <param name="Input">The workflow's input, any JSON.</param>
public sealed record TriggerWorkflowRequest(
    [property: Required(AllowEmptyStrings = true), StringLength(WorkflowService.MaxNameLength, MinimumLength = 1, ErrorMessage = "Send a name of {2} to {1} characters.")] string? Name,
    [property: JsonLimit] JsonElement? Input);
