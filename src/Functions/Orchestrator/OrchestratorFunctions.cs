using System.Net;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>The route with which an orchestrator reads a user's context.</summary>
/// <param name="contexts">The contexts.</param>
/// <param name="rebuild">Rebuilds a context that lost entries.</param>
/// <param name="others">Lets administrators read the context of another user.</param>
public sealed class OrchestratorFunctions(IContextStore contexts, ContextRebuild rebuild, OtherUsers others)
{
    /// <summary>Read your context: your recent files, commands and workflows. An administrator can read that of another user.</summary>
    /// <returns>200 with the context; or a problem.</returns>
    [Function("GetOrchestratorContext"), Access(Scope = Scopes.ContextRead)]
    [Operation(HttpStatusCode.OK, typeof(OrchestratorContext), Parameters = ["userId"])]
    public async Task<IResult> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "orchestrator/context")] HttpRequest request, CancellationToken cancellationToken)
    {
        string userId = request.OwnerAsked();
        await rebuild.EnsureAsync(userId, cancellationToken);
        OrchestratorContext context = OrchestratorContext.Of(userId, await contexts.ReadAsync(userId, cancellationToken));
        await others.RecordAsync(request.Actor(), userId, AdministratorActions.ReadContext, cancellationToken);
        return HttpResults.Json(HttpStatusCode.OK, context, OrchestratorJsonContext.Api.OrchestratorContext);
    }
}
