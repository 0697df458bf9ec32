using System.Collections.Concurrent;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>The running invocations, with the function of each.</summary>
internal sealed class RunningInvocations
{
    private static readonly TimeSpan PollingInterval = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, string> _functions = new();

    public int Count => _functions.Count;

    public void Add(string invocationId, string function) => _functions[invocationId] = function;

    public void Remove(string invocationId) => _functions.TryRemove(invocationId, out _);

    public string? FunctionOf(string invocationId) => _functions.GetValueOrDefault(invocationId);

    /// <summary>Waits until no invocation runs.</summary>
    public async Task WhenNoneAsync(CancellationToken cancellationToken)
    {
        while (!_functions.IsEmpty)
            await Task.Delay(PollingInterval, cancellationToken);
    }
}
