using System.ComponentModel.DataAnnotations;
using System.Text.Json;

namespace McpFunctions.Domain.Workflows;

/// <summary>The body of <c>POST workflows/{id}/complete</c>.</summary>
/// <param name="Status"><c>succeeded</c> or <c>failed</c>.</param>
/// <param name="Output">The workflow's output, any JSON.</param>
public sealed record CompleteWorkflowRequest(
    [property: Required(AllowEmptyStrings = true), AllowedValues(WorkflowStatus.Succeeded, WorkflowStatus.Failed, ErrorMessage = $"Send '{WorkflowStatus.Succeeded}' or '{WorkflowStatus.Failed}'.")] string? Status,
    [property: JsonLimit] JsonElement? Output);
