using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>The routes of the app's HTTP functions. They appear when the worker has listed its functions.</summary>
internal sealed class FunctionEndpoints(Func<HttpContext, HttpTrigger, Task> handle, ILogger logger) : EndpointDataSource, IDisposable
{
    private IReadOnlyList<Endpoint> _endpoints = [];
    private CancellationTokenSource _changed = new();

    public override IReadOnlyList<Endpoint> Endpoints => _endpoints;

    public override IChangeToken GetChangeToken() => new CancellationChangeToken(_changed.Token);

    /// <summary>Whether a function accepts GET on the route prefix itself. Only a route of one catch-all parameter does.</summary>
    public bool HasFunctionAtPrefix { get; private set; }

    /// <summary>Maps the HTTP functions, and returns those with a valid route.</summary>
    public IReadOnlyList<HttpTrigger> Map(FunctionCatalog functions, string routePrefix)
    {
        var triggers = new List<HttpTrigger>();
        var endpoints = new List<Endpoint>();
        // As in the real host, the first matching route in the order of the functions' names wins, even if it is more general.
        foreach (
            var function in functions
                .Enabled.Where(function => function.IsHttp)
                .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
        )
        {
            try
            {
                var trigger = HttpTrigger.Read(function, routePrefix);
                if (triggers.Find(other => Conflict(other, trigger)) is { } taken)
                    throw new JsonException($"The route specified conflicts with the route defined by function '{taken.Function.Name}'.");

                var builder = new RouteEndpointBuilder(
                    context => handle(context, trigger),
                    RoutePatternFactory.Parse(trigger.Template),
                    order: endpoints.Count + 1 // after the admin routes
                )
                {
                    DisplayName = function.LogName,
                };
                builder.Metadata.Add(trigger);
                endpoints.Add(builder.Build());
                triggers.Add(trigger);
            }
            catch (Exception e) when (e is JsonException or RoutePatternException)
            {
                logger.FunctionInError(function.Name, e.Message);
            }
        }

        HasFunctionAtPrefix = routePrefix != "" && triggers.Exists(trigger => trigger.Accepts("GET") && trigger.IsCatchAllUnder(routePrefix));
        _endpoints = endpoints;
        using var before = Interlocked.Exchange(ref _changed, new CancellationTokenSource());
        before.Cancel();
        return triggers;
    }

    public void Dispose() => _changed.Dispose();

    private static bool Conflict(HttpTrigger one, HttpTrigger other) =>
        one.Template.Equals(other.Template, StringComparison.OrdinalIgnoreCase)
        && (one.Methods is null || other.Methods is null || one.Methods.Intersect(other.Methods).Any());
}
