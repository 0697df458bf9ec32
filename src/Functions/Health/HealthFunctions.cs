using System.Net;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Health;

/// <summary>The route for health checks.</summary>
/// <param name="checks">Checks the components.</param>
/// <param name="credentials">Identifies the caller who asks for details.</param>
public sealed class HealthFunctions(HealthChecks checks, RequestCredentials credentials)
{
    /// <summary>The status of a gateway that does not work.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary>Check whether the gateway works. Administrators can ask for details.</summary>
    /// <returns>200 or 503 with the status; or a problem.</returns>
    [Function("GetHealth"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(HealthResponse), Parameters = ["details"], Problems = [HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden])]
    [AlsoResponds(HttpStatusCode.ServiceUnavailable, typeof(HealthResponse))]
    public async Task<IResult> Get(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "health")] HttpRequest request, CancellationToken cancellationToken)
    {
        bool withDetails = request.QueryFlag("details");
        if (withDetails)
        {
            Principal principal = await credentials.AuthenticateAsync(request, takesTicket: false, cancellationToken);
            if (!principal.IsAdmin || !principal.Scopes.Contains(Scopes.EventsAdmin))
            {
                throw new ProblemException(
                    Problem.Forbidden("Only an administrator can see details, with a session or with an API key that has the scope 'events:admin'."));
            }
        }

        IReadOnlyList<HealthSample> samples = await checks.RecentAsync();
        HealthSample[] bad = [.. samples.Where(sample => sample.Result.Status == HealthStatus.Degraded)];
        string status = bad.Any(sample => sample.IsEssential) ? Unhealthy : bad.Length > 0 ? HealthStatus.Degraded : HealthStatus.Healthy;
        var response = new HealthResponse(status, withDetails ? [.. samples.Select(ComponentResponse.Of)] : null);
        return HttpResults.Json(status == Unhealthy ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, response, HealthJsonContext.Api.HealthResponse);
    }
}
