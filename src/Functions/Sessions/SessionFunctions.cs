using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Sessions;

/// <summary>Routes with which users manage their own sessions.</summary>
/// <param name="sessions">The sessions.</param>
public sealed class SessionFunctions(SessionService sessions)
{
    /// <summary>List your open sessions.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListSessions"), Access]
    [Operation(HttpStatusCode.OK, typeof(Page<SessionResponse>), IsPaged = true)]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "sessions")] HttpRequest request, CancellationToken cancellationToken)
    {
        Page<SessionRecord> page = (await sessions.ListAsync(request.Principal().UserId, request.Page(), cancellationToken)).ValueOrProblem();
        var response = new Page<SessionResponse>(
            [.. page.Items.Select(session => SessionResponse.Of(session, request.Principal().SessionId))], page.ContinuationToken);
        return HttpResults.Json(HttpStatusCode.OK, response, SessionJsonContext.Api.PageSessionResponse);
    }

    /// <summary>End one of your sessions. Its access tokens are refused from then on.</summary>
    /// <param name="id">The session.</param>
    /// <returns>204; or a problem.</returns>
    [Function("RevokeSession"), Access]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "sessions/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        (await sessions.RevokeAsync(request.Principal().UserId, id, request.CorrelationId(), cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
