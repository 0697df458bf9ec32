using System.Collections.Concurrent;

namespace McpFunctions.Local.FunctionsHost.Invocations;

/// <summary>Which function each running invocation belongs to.</summary>
internal sealed class RunningInvocations
{
    private static readonly TimeSpan PollingInterval = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<string, string> _functions = new();

    public int Count => _functions.Count;

    public void Add(string invocationId, string function) => _functions[invocationId] = function;

    public void Remove(string invocationId) => _functions.TryRemove(invocationId, out _);

    public string? FunctionOf(string invocationId) => _functions.GetValueOrDefault(invocationId);

    /// <summary>Waits until none is left.</summary>
    public async Task WhenNoneAsync(CancellationToken cancellationToken)
    {
        while (!_functions.IsEmpty)
            await Task.Delay(PollingInterval, cancellationToken);
    }
}
