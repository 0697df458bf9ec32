using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Audit;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Audit;

/// <summary>The route with which administrators read the audit log.</summary>
/// <param name="log">The audit log.</param>
public sealed class AuditFunctions(IAuditLog log)
{
    /// <summary>Read the audit log: who did what and when, newest first.</summary>
    /// <returns>200 with a page of the log; or a problem.</returns>
    [Function("GetAudit"), Access(Scope = Scopes.AuditRead, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<AuditEntry>), IsPaged = true, Parameters = ["from", "to", "type", "userId", "resourceId", "correlationId"])]
    public async Task<IResult> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "audit")] HttpRequest request, CancellationToken cancellationToken)
    {
        var query = new AuditQuery
        {
            From = request.QueryTime("from"),
            To = request.QueryTime("to"),
            Type = request.QueryText("type"),
            UserId = request.QueryText("userId"),
            ResourceId = request.QueryText("resourceId"),
            CorrelationId = request.QueryText("correlationId"),
        };
        return HttpResults.Of(await log.ReadAsync(query, request.Page(), cancellationToken), AuditJsonContext.Api.PageAuditEntry);
    }
}
