using System.Net;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>The route <c>orchestrator/context</c>.</summary>
/// <param name="contexts">The contexts.</param>
/// <param name="rebuild">Fills a context that is not whole.</param>
public sealed class OrchestratorFunctions(IContextStore contexts, UserRebuild rebuild)
{
    /// <summary>Reads a user's context; an administrator may name another user.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with the context; or a problem.</returns>
    [Function("GetOrchestratorContext"), Access(Scope = Scopes.ContextRead)]
    [Operation(HttpStatusCode.OK, typeof(OrchestratorContext), Parameters = ["userId"])]
    public async Task<HttpResponseData> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "orchestrator/context")] HttpRequestData request, CancellationToken cancellationToken)
    {
        string userId = request.OwnerAsked();
        await rebuild.EnsureContextAsync(userId, cancellationToken);
        OrchestratorContext context = OrchestratorContext.Of(userId, await contexts.ReadAsync(userId, cancellationToken));
        return await request.JsonAsync(HttpStatusCode.OK, context, HttpJsonContext.Api.OrchestratorContext);
    }
}
