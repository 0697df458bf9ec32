using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Credentials;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.ApiKeys;

/// <summary>Routes with which users manage their own API keys.</summary>
/// <param name="keys">The keys.</param>
public sealed class ApiKeyFunctions(ApiKeyService keys)
{
    /// <summary>Create an API key for yourself. Only this response shows the key.</summary>
    /// <returns>201 with the key; or a problem.</returns>
    [Function("CreateApiKey"), Access, Idempotent]
    [Operation(HttpStatusCode.Created, typeof(IssuedApiKeyResponse), Body = typeof(CreateApiKeyRequest), Headers = ["Location"], Problems = [HttpStatusCode.InsufficientStorage])]
    public async Task<IResult> Create(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "apikeys")] HttpRequest request, CancellationToken cancellationToken)
    {
        CreateApiKeyRequest wanted = await request.JsonAsync(ApiKeyJsonContext.Api.CreateApiKeyRequest, cancellationToken);
        IssuedApiKey issued = (await keys.CreateAsync(
            request.Principal(), request.Actor(), wanted.Name, wanted.Scopes, wanted.ExpiresAt, cancellationToken)).ValueOrProblem();
        return request.CreatedResult(HttpStatusCode.Created, issued.Record.Id, IssuedApiKeyResponse.Of(issued), ApiKeyJsonContext.Api.IssuedApiKeyResponse);
    }

    /// <summary>List your API keys. The list does not show the keys themselves.</summary>
    /// <returns>200 with a page of the list; or a problem.</returns>
    [Function("ListApiKeys"), Access]
    [Operation(HttpStatusCode.OK, typeof(Page<ApiKeyRecord>), IsPaged = true)]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "apikeys")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Of(
            await keys.ListAsync(request.Principal().UserId, request.Page(), cancellationToken), ApiKeyJsonContext.Api.PageApiKeyRecord);

    /// <summary>Revoke one of your API keys. The gateway refuses it from then on.</summary>
    /// <param name="id">The key.</param>
    /// <returns>204; or a problem.</returns>
    [Function("RevokeApiKey"), Access]
    [Operation(HttpStatusCode.NoContent, Problems = [HttpStatusCode.Conflict])]
    public async Task<IResult> Revoke(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "apikeys/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        (await keys.RevokeAsync(request.Principal().UserId, id, request.Actor(), cancellationToken)).ValueOrProblem();
        return TypedResults.NoContent();
    }
}
