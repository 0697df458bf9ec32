using Microsoft.AspNetCore.Routing.Matching;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Drops functions that do not answer to the request's method: 404 as in the real host, where ASP.NET Core says 405.</summary>
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
                candidates.SetValidity(i, trigger.Accepts(httpContext.Request.Method) && !IsTied(candidates, i));
        }

        return Task.CompletedTask;
    }

    // Two routes that match equally well ({a} and {b}) would fail the request; the first one wins.
    private static bool IsTied(CandidateSet candidates, int index)
    {
        for (var i = 0; i < index; i++)
        {
            if (candidates.IsValidCandidate(i) && candidates[i].Score == candidates[index].Score)
                return true;
        }

        return false;
    }
}
