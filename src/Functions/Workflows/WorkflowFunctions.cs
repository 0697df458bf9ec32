using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Workflows;

/// <summary>Routes that record the workflows of a user.</summary>
/// <param name="workflows">The workflows.</param>
public sealed class WorkflowFunctions(WorkflowService workflows)
{
    /// <summary>Record that a workflow has started. Call complete when it ends.</summary>
    /// <returns>202 with the workflow; or a problem.</returns>
    [Function("TriggerWorkflow"), Access(Scope = Scopes.WorkflowsWrite), Idempotent]
    [Operation(HttpStatusCode.Accepted, typeof(WorkflowRecord), Body = typeof(TriggerWorkflowRequest), Headers = ["Location"], Problems = [HttpStatusCode.InsufficientStorage])]
    public async Task<IResult> Trigger(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "workflows")] HttpRequest request, CancellationToken cancellationToken)
    {
        TriggerWorkflowRequest asked = await request.JsonAsync(WorkflowJsonContext.Api.TriggerWorkflowRequest, cancellationToken);
        WorkflowRecord workflow = (await workflows.TriggerAsync(request.Actor(), asked.Name, asked.Input, cancellationToken)).ValueOrProblem();
        return request.CreatedResult(HttpStatusCode.Accepted, workflow.Id, workflow, WorkflowJsonContext.Api.WorkflowRecord);
    }

    /// <summary>List your workflows.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListWorkflows"), Access(Scope = Scopes.WorkflowsRead)]
    [Operation(HttpStatusCode.OK, typeof(Page<WorkflowRecord>), IsPaged = true)]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "workflows")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(
            await workflows.ListAsync(request.Principal().UserId, request.Page(), cancellationToken), WorkflowJsonContext.Api.PageWorkflowRecord);

    /// <summary>Read one of your workflows: its input, status and output.</summary>
    /// <param name="id">The workflow.</param>
    /// <returns>200 with the workflow; or a problem.</returns>
    [Function("GetWorkflow"), Access(Scope = Scopes.WorkflowsRead)]
    [Operation(HttpStatusCode.OK, typeof(WorkflowRecord))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "workflows/{id}")] HttpRequest request,
        string id,
        CancellationToken cancellationToken) =>
        HttpResults.Of(
            await workflows.FindAsync(request.Principal().UserId, id, cancellationToken), WorkflowJsonContext.Api.WorkflowRecord);

    /// <summary>Record that a workflow has ended, with its status and output.</summary>
    /// <param name="id">The workflow.</param>
    /// <returns>200 with the workflow; or a problem.</returns>
    [Function("CompleteWorkflow"), Access(Scope = Scopes.WorkflowsWrite), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(WorkflowRecord), Body = typeof(CompleteWorkflowRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Complete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "workflows/{id}/complete")] HttpRequest request,
        string id,
        CancellationToken cancellationToken)
    {
        CompleteWorkflowRequest ended = await request.JsonAsync(WorkflowJsonContext.Api.CompleteWorkflowRequest, cancellationToken);
        return HttpResults.Of(
            await workflows.CompleteAsync(request.Actor(), id, ended.Status, ended.Output, cancellationToken), WorkflowJsonContext.Api.WorkflowRecord);
    }
}
