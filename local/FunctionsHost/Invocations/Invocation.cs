using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>One call of a function by its trigger.</summary>
internal sealed record Invocation(FunctionDefinition Function, string Reason)
{
    public const string CalledByHost = "This function was programmatically called via the host APIs.";

    /// <summary>Creates the trigger's data in the form that the worker understands.</summary>
    public required Func<WorkerCapabilities, InvocationRequest> CreateRequest { get; init; }

    /// <summary>Forwards the HTTP request to the worker, beside the invocation. Null if the invocation contains everything.</summary>
    public Func<WorkerCapabilities, string, CancellationToken, Task>? Forward { get; init; }

    /// <summary>Details of the trigger for the log, or null.</summary>
    public string? TriggerDetails { get; init; }
}
