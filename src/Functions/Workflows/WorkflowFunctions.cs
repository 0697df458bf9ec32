using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.Functions.Workflows;

/// <summary>The routes <c>workflows/…</c>.</summary>
/// <param name="workflows">The workflows.</param>
public sealed class WorkflowFunctions(WorkflowService workflows)
{
    /// <summary>Triggers a workflow.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>202 with the workflow; or a problem.</returns>
    [Function("TriggerWorkflow"), Access(Scope = Scopes.WorkflowsWrite)]
    [Operation(HttpStatusCode.Accepted, typeof(WorkflowRecord), Body = typeof(TriggerWorkflowRequest), Headers = ["Location"])]
    public async Task<HttpResponseData> Trigger(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "workflows")] HttpRequestData request, CancellationToken cancellationToken)
    {
        TriggerWorkflowRequest asked = await request.JsonAsync(HttpJsonContext.Api.TriggerWorkflowRequest, cancellationToken);
        WorkflowRecord workflow = (await workflows.TriggerAsync(request.ActorOnce(), asked.Name, asked.Input, cancellationToken)).ValueOrProblem();
        HttpResponseData response = await request.JsonAsync(HttpStatusCode.Accepted, workflow, HttpJsonContext.Api.WorkflowRecord);
        response.Headers.Add("Location", $"{request.Url.AbsolutePath.TrimEnd('/')}/{workflow.Id}");
        return response;
    }

    /// <summary>Lists one's own workflows.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with a part of the list; or a problem.</returns>
    [Function("ListWorkflows"), Access(Scope = Scopes.WorkflowsWrite)]
    [Operation(HttpStatusCode.OK, typeof(Page<WorkflowRecord>), IsPaged = true)]
    public async Task<HttpResponseData> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "workflows")] HttpRequestData request, CancellationToken cancellationToken) =>
        await request.AnswerAsync(
            await workflows.ListAsync(request.Principal().UserId, request.Page(), cancellationToken), HttpJsonContext.Api.PageWorkflowRecord);

    /// <summary>Reads a workflow.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the workflow; or a problem.</returns>
    [Function("GetWorkflow"), Access(Scope = Scopes.WorkflowsWrite)]
    [Operation(HttpStatusCode.OK, typeof(WorkflowRecord))]
    public async Task<HttpResponseData> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "workflows/{id}")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken) =>
        await request.AnswerAsync(
            await workflows.FindAsync(request.Principal().UserId, id, cancellationToken), HttpJsonContext.Api.WorkflowRecord);

    /// <summary>Ends a workflow.</summary>
    /// <param name="request">The request.</param>
    /// <param name="id">The workflow.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the workflow; or a problem.</returns>
    [Function("CompleteWorkflow"), Access(Scope = Scopes.WorkflowsWrite)]
    [Operation(HttpStatusCode.OK, typeof(WorkflowRecord), Body = typeof(CompleteWorkflowRequest), Problems = [HttpStatusCode.Conflict])]
    public async Task<HttpResponseData> Complete(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "workflows/{id}/complete")] HttpRequestData request,
        string id,
        CancellationToken cancellationToken)
    {
        CompleteWorkflowRequest ended = await request.JsonAsync(HttpJsonContext.Api.CompleteWorkflowRequest, cancellationToken);
        return await request.AnswerAsync(
            await workflows.CompleteAsync(request.ActorOnce(), id, ended.Status, ended.Output, cancellationToken), HttpJsonContext.Api.WorkflowRecord);
    }
}
