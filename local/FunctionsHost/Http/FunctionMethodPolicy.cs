using Microsoft.AspNetCore.Routing.Matching;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Skips functions that do not accept the request's method, so the status is 404 as in the real host, not 405.</summary>
internal sealed class FunctionMethodPolicy : MatcherPolicy, IEndpointSelectorPolicy
{
    public override int Order => 0;

    public bool AppliesToEndpoints(IReadOnlyList<Endpoint> endpoints) =>
        endpoints.Any(endpoint => endpoint.Metadata.GetMetadata<HttpTrigger>() is not null);

    public Task ApplyAsync(HttpContext httpContext, CandidateSet candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
        {
            if (candidates.IsValidCandidate(i) && candidates[i].Endpoint.Metadata.GetMetadata<HttpTrigger>() is { } trigger)
                candidates.SetValidity(i, trigger.Accepts(httpContext.Request.Method));
        }

        return Task.CompletedTask;
    }
}
