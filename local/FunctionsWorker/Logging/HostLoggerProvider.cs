using Microsoft.Azure.Functions.Worker.Rpc;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Logging;

/// <summary>Sends the worker's log to the host.</summary>
internal sealed class HostLoggerProvider(HostConnection host) : ILoggerProvider, ISupportExternalScope
{
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public ILogger CreateLogger(string categoryName) => new HostLogger(categoryName, host, () => _scopes);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    // The connection outlives the loggers: it has to send what they wrote last.
    public void Dispose()
    {
    }
}
