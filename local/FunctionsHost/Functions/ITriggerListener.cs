using McpFunctions.Local.FunctionsHost.Invocations;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>Invokes one function each time its trigger fires.</summary>
internal interface ITriggerListener : IDisposable
{
    FunctionDefinition Function { get; }

    /// <exception cref="StartupException">The listener cannot start with these settings.</exception>
    /// <exception cref="ListenerStartException">The listener cannot start now. A later attempt may succeed.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Takes no more work, and waits for the running invocation.</summary>
    Task StopAsync();

    /// <summary>Makes the invocation for <c>POST /admin/functions/{name}</c>.</summary>
    /// <exception cref="ManualInvocationException">This input cannot replace the trigger's data.</exception>
    Invocation CreateManual(string? input);
}
