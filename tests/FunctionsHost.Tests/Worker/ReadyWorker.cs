namespace McpFunctions.FunctionsHost.Tests.Worker;

/// <summary>A worker with every function loaded, shared by the tests of a class.</summary>
public sealed class ReadyWorker : IAsyncLifetime
{
    private ScriptedHost? _host;

    internal ScriptedHost Host => _host!;

    public async ValueTask InitializeAsync() => _host = await ScriptedHost.StartReadyAsync();

    public ValueTask DisposeAsync() => _host?.DisposeAsync() ?? ValueTask.CompletedTask;
}
