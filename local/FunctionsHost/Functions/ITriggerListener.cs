using McpFunctions.Local.FunctionsHost.Invocations;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>Waits for what triggers one function, and invokes it.</summary>
internal interface ITriggerListener : IDisposable
{
    FunctionDefinition Function { get; }

    /// <exception cref="StartupException">It can never start as the app is configured.</exception>
    /// <exception cref="ListenerStartException">It cannot start now.</exception>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Takes no more work, and waits for the invocation under way.</summary>
    Task StopAsync();

    /// <summary>The invocation that <c>POST /admin/functions/{name}</c> asks for.</summary>
    /// <exception cref="ManualInvocationException">The trigger cannot be made up from this input.</exception>
    Invocation CreateManual(string? input);
}
