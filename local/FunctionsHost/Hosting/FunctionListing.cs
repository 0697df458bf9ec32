using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Http;
using McpFunctions.Local.FunctionsHost.Logging;

namespace McpFunctions.Local.FunctionsHost.Hosting;

/// <summary>Lists the functions on the console: first HTTP functions with their addresses, then the others with their triggers.</summary>
internal static class FunctionListing
{
    public static void Write(HostConsole console, Uri address, IReadOnlyList<HttpTrigger> http, IReadOnlyList<ITriggerListener> listeners)
    {
        console.WriteHeading("Functions:");
        foreach (var trigger in http.OrderBy(trigger => trigger.Function.Name, StringComparer.OrdinalIgnoreCase))
            console.WriteFunction(trigger.Function.Name, trigger.Describe(address));
        foreach (
            var function in listeners
                .Select(listener => listener.Function)
                .OrderBy(function => function.Name, StringComparer.OrdinalIgnoreCase)
        )
            console.WriteFunction(function.Name, function.Trigger.Type);
    }
}
