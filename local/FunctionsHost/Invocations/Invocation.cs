using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>One call of a function, as its trigger makes it.</summary>
internal sealed record Invocation(FunctionDefinition Function, string Reason)
{
    public const string CalledByHost = "This function was programmatically called via the host APIs.";

    /// <summary>Makes the trigger's data, in the form that the worker understands.</summary>
    public required Func<WorkerCapabilities, InvocationRequest> CreateRequest { get; init; }

    /// <summary>Forwards the HTTP request to the worker, beside the invocation; null, when the invocation carries everything.</summary>
    public Func<WorkerCapabilities, string, CancellationToken, Task>? Forward { get; init; }

    /// <summary>What the log adds on the trigger, or null.</summary>
    public string? TriggerDetails { get; init; }
}
