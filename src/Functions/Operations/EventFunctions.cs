using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Operations;

/// <summary>Routes with which administrators read and replay committed events.</summary>
/// <param name="log">The log of committed events.</param>
/// <param name="operators">Starts replays.</param>
/// <param name="jobs">Replay jobs.</param>
/// <param name="others">Records who reads the events of another user.</param>
/// <param name="time">The clock.</param>
public sealed class EventFunctions(EventLog log, OperatorService operators, ReplayJobs jobs, OtherUsers others, TimeProvider time)
{
    /// <summary>List the committed events of all users, oldest first.</summary>
    /// <returns>200 with a page of the list, which may be short although more pages follow; or a problem.</returns>
    [Function("ListEvents"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<DomainEvent>), IsPaged = true, Parameters = ["from", "to", "type", "userId"])]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events")] HttpRequest request, CancellationToken cancellationToken)
    {
        DateTimeOffset from = request.QueryTime("from") ?? DateTimeOffset.MinValue;
        DateTimeOffset to = request.QueryTime("to") ?? time.GetUtcNow() + ConsumerRecovery.MaxClockDifference;
        string? type = request.QueryText("type");
        string? userId = request.QueryText("userId") is null ? null : request.OwnerAsked();
        string? partition = userId is null ? null : StateKeys.User(userId);
        PageRequest page = request.Page();
        string? cursor = page.After(EventLog.IsCursor).ValueOrProblem();
        LogPage stretch = await log.ReadAsync(from, to, cursor, page.Limit, cancellationToken);
        FetchedEvents fetched = await log.FetchAsync(
            stretch.Entries.Where(entry => (type is null || entry.Type == type) && (partition is null || entry.Partition == partition)), cancellationToken);
        var items = new Page<DomainEvent>(
            [.. fetched.Events.OrderBy(each => each.Timestamp).ThenBy(each => each.Id, StringComparer.Ordinal)],
            stretch.Cursor is null ? null : ContinuationToken.Of(stretch.Cursor));
        await others.RecordAsync(request.Actor(), userId, AdministratorActions.ReadEvents, cancellationToken);
        return HttpResults.Json(HttpStatusCode.OK, items, OperationJsonContext.Api.PageDomainEvent);
    }

    /// <summary>Hand past events to a consumer again. The response names the job that does it.</summary>
    /// <returns>202 with the job; or a problem.</returns>
    [Function("ReplayEvents"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.Accepted, typeof(ReplayJob), Body = typeof(ReplayRequest), Headers = ["Location"])]
    public async Task<IResult> Replay(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/replay")] HttpRequest request, CancellationToken cancellationToken)
    {
        ReplayRequest asked = await request.JsonAsync(OperationJsonContext.Api.ReplayRequest, cancellationToken);
        ReplayJob job = (await operators.ReplayAsync(request.Actor(), asked.Consumer, asked.Types, asked.From, asked.To, cancellationToken)).ValueOrProblem();
        return request.CreatedResult(HttpStatusCode.Accepted, job.Id, job, OperationJsonContext.Api.ReplayJob);
    }

    /// <summary>Check the progress of a replay.</summary>
    /// <param name="id">The job.</param>
    /// <returns>200 with the job; or a problem.</returns>
    [Function("GetReplay"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(ReplayJob))]
    public async Task<IResult> GetReplay(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events/replay/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        await jobs.FindAsync(id, cancellationToken) is { } job
            ? HttpResults.Json(HttpStatusCode.OK, job, OperationJsonContext.Api.ReplayJob)
            : throw new ProblemException(Problem.NotFound());

    /// <summary>Count the events that a replay with the same filter would take.</summary>
    /// <returns>200 with the count, of a part where there are very many; or a problem.</returns>
    [Function("CountEvents"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(EventCount), Parameters = ["consumer", "types", "from", "to", "continuationToken"])]
    public async Task<IResult> Count(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events/count")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(
            await operators.CountAsync(
                request.QueryText("consumer"),
                request.QueryText("types")?.Split(','),
                request.QueryText("from"),
                request.QueryText("to"),
                request.QueryText("continuationToken"),
                cancellationToken),
            OperationJsonContext.Api.EventCount);

    /// <summary>List the replays, newest first.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListReplays"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<ReplayJob>), IsPaged = true)]
    public async Task<IResult> ListReplays(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "events/replay")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(await jobs.ListAsync(request.Page(), cancellationToken), OperationJsonContext.Api.PageReplayJob);

    /// <summary>Pause a replay. It keeps its place.</summary>
    /// <inheritdoc cref="GetReplay"/>
    [Function("PauseReplay"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(ReplayJob), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Pause(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/replay/{id}/pause")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        HttpResults.Of(await operators.PauseAsync(request.Actor(), id, cancellationToken), OperationJsonContext.Api.ReplayJob);

    /// <summary>Let a paused replay go on.</summary>
    /// <inheritdoc cref="GetReplay"/>
    [Function("ResumeReplay"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(ReplayJob), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Resume(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/replay/{id}/resume")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        HttpResults.Of(await operators.ResumeAsync(request.Actor(), id, cancellationToken), OperationJsonContext.Api.ReplayJob);

    /// <summary>End a replay that an operator asked for. One that brings what Redis lost can only be paused.</summary>
    /// <inheritdoc cref="GetReplay"/>
    [Function("CancelReplay"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(ReplayJob), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Cancel(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "events/replay/{id}/cancel")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        HttpResults.Of(await operators.CancelAsync(request.Actor(), id, cancellationToken), OperationJsonContext.Api.ReplayJob);
}
