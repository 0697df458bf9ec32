using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Users;

/// <summary>Routes with which administrators manage the sessions and API keys of users.</summary>
/// <param name="credentials">The users' sessions and API keys.</param>
public sealed class UserCredentialFunctions(UserCredentials credentials)
{
    /// <summary>List the open sessions of a user.</summary>
    /// <param name="id">The user.</param>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListUserSessions"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<SessionResponse>), IsPaged = true)]
    public async Task<IResult> ListSessions(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "users/{id}/sessions")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        Page<SessionRecord> page = (await credentials.ListSessionsAsync(request.Actor(), id, request.Page(), cancellationToken)).ValueOrProblem();
        var response = new Page<SessionResponse>(
            [.. page.Items.Select(session => SessionResponse.Of(session, request.Principal().SessionId))], page.ContinuationToken);
        return HttpResults.Json(HttpStatusCode.OK, response, UserJsonContext.Api.PageSessionResponse);
    }

    /// <summary>End a session of a user. Its access tokens are refused from then on.</summary>
    /// <param name="id">The user.</param>
    /// <param name="sessionId">The session.</param>
    /// <returns>204; or a problem.</returns>
    [Function("RevokeUserSession"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> RevokeSession(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id}/sessions/{sessionId}")] HttpRequest request,
        string id,
        string sessionId,
        CancellationToken cancellationToken)
    {
        (await credentials.RevokeSessionAsync(request.Actor(), id, sessionId, cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }

    /// <summary>List the API keys of a user. The list does not show the keys themselves.</summary>
    /// <param name="id">The user.</param>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListUserApiKeys"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<ApiKeyRecord>), IsPaged = true)]
    public async Task<IResult> ListKeys(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "users/{id}/apikeys")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        HttpResults.Of(await credentials.ListKeysAsync(request.Actor(), id, request.Page(), cancellationToken), UserJsonContext.Api.PageApiKeyRecord);

    /// <summary>Revoke an API key of a user. The gateway refuses it from then on.</summary>
    /// <param name="id">The user.</param>
    /// <param name="keyId">The key's id.</param>
    /// <returns>204; or a problem.</returns>
    [Function("RevokeUserApiKey"), Access(AdminOnly = true)]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> RevokeKey(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "users/{id}/apikeys/{keyId}")] HttpRequest request,
        string id,
        string keyId,
        CancellationToken cancellationToken)
    {
        (await credentials.RevokeKeyAsync(request.Actor(), id, keyId, cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
