using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Operations;

/// <summary>Routes with which administrators handle dead letters.</summary>
/// <param name="deadLetters">The dead letters.</param>
/// <param name="operators">Retries and discards.</param>
public sealed class DeadLetterFunctions(DeadLetters deadLetters, OperatorService operators)
{
    /// <summary>List the events that a consumer could not handle.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListDeadLetters"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<DeadLetter>), IsPaged = true, Parameters = ["consumer", "type"])]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "dead-letters")] HttpRequest request, CancellationToken cancellationToken)
    {
        string? consumer = request.QueryText("consumer");
        if (consumer is not null && new FieldErrors().Check<RetryRequest>(nameof(RetryRequest.Consumer), consumer).Failure is { } failure)
        {
            throw new ProblemException(Problem.Of(failure));
        }

        return HttpResults.Of(
            await deadLetters.ListAsync(consumer, request.QueryText("type"), request.Page(), cancellationToken), OperationJsonContext.Api.PageDeadLetter);
    }

    /// <summary>Read a dead letter: the event and the error.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="eventId">The event, or <c>raw:{sha256}</c>.</param>
    /// <returns>200 with the dead letter; or a problem.</returns>
    [Function("GetDeadLetter"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(DeadLetter))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "dead-letters/{consumer}/{eventId}")] HttpRequest request,
        string consumer,
        string eventId,
        CancellationToken cancellationToken) =>
        OperatorService.IsConsumer(consumer) && await deadLetters.FindAsync(consumer, eventId, cancellationToken) is { } letter
            ? HttpResults.Json(HttpStatusCode.OK, letter, OperationJsonContext.Api.DeadLetter)
            : throw new ProblemException(Problem.NotFound());

    /// <summary>Hand a dead letter to its consumer again.</summary>
    /// <inheritdoc cref="Get"/>
    [Function("RetryDeadLetter"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(RetryResponse), Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Retry(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "dead-letters/{consumer}/{eventId}/retry")] HttpRequest request,
        string consumer,
        string eventId,
        CancellationToken cancellationToken) =>
        HttpResults.Of(
            await operators.RetryAsync(request.Actor(), consumer, eventId, cancellationToken), OperationJsonContext.Api.RetryResponse);

    /// <summary>Hand an edited copy of a dead letter to its consumer. The audit log tells who changed which fields.</summary>
    /// <inheritdoc cref="Get"/>
    [Function("EditDeadLetter"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(RetryResponse), Body = typeof(EditRequest))]
    public async Task<IResult> Edit(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "dead-letters/{consumer}/{eventId}/edit")] HttpRequest request,
        string consumer,
        string eventId,
        CancellationToken cancellationToken)
    {
        EditRequest asked = await request.JsonAsync(OperationJsonContext.Api.EditRequest, cancellationToken);
        return HttpResults.Of(
            await operators.EditAsync(request.Actor(), consumer, eventId, asked.Event, asked.Reason, cancellationToken), OperationJsonContext.Api.RetryResponse);
    }

    /// <summary>Hand all matching dead letters to their consumers again.</summary>
    /// <returns>200 with the number of each outcome; or a problem.</returns>
    [Function("RetryDeadLetters"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true), Idempotent]
    [Operation(HttpStatusCode.OK, typeof(RetryResponse), Body = typeof(RetryRequest))]
    public async Task<IResult> RetryAll(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "dead-letters/retry")] HttpRequest request, CancellationToken cancellationToken)
    {
        RetryRequest asked = await request.JsonAsync(OperationJsonContext.Api.RetryRequest, cancellationToken);
        return HttpResults.Of(
            await operators.RetryAllAsync(request.Actor(), asked.Consumer, asked.Type, cancellationToken), OperationJsonContext.Api.RetryResponse);
    }

    /// <summary>Discard a dead letter. Its consumer never handles the event.</summary>
    /// <inheritdoc cref="Get"/>
    [Function("DiscardDeadLetter"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.NoContent)]
    public async Task<IResult> Discard(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "dead-letters/{consumer}/{eventId}")] HttpRequest request,
        string consumer,
        string eventId,
        CancellationToken cancellationToken)
    {
        (await operators.DiscardAsync(request.Actor(), consumer, eventId, cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
