using System.Collections.Concurrent;

namespace McpFunctions.SampleApp;

/// <summary>Keeps the input of functions without a response. The function <c>Recorded</c> returns it.</summary>
internal sealed class Recorder
{
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _entries = new();

    public void Add(string function, string entry) => _entries.GetOrAdd(function, _ => new()).Enqueue(entry);

    public IReadOnlyList<string> Entries(string function) => _entries.TryGetValue(function, out var entries) ? [.. entries] : [];
}
