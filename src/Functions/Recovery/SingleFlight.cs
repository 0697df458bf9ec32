using System.Collections.Concurrent;

namespace McpFunctions.Functions.Recovery;

/// <summary>Runs work once at a time for each key. Callers that come while it runs share the run.</summary>
public sealed class SingleFlight
{
    // Lazy, so that the work ends and removes its entry only after the entry exists. A stale entry would answer for ever.
    private readonly ConcurrentDictionary<string, Lazy<Task>> running = new();

    /// <summary>Runs the work, or joins the current run. The run continues even if nobody waits for it.</summary>
    /// <param name="key">The key of the work.</param>
    /// <param name="work">The work.</param>
    /// <returns>A task that ends with the run. It fails as the work does, and the next call runs it again.</returns>
    public Task RunAsync(string key, Func<Task> work) => running.GetOrAdd(key, _ => new Lazy<Task>(() => Task.Run(async () =>
    {
        try
        {
            await work();
        }
        finally
        {
            running.TryRemove(key, out Lazy<Task>? _);
        }
    }))).Value;
}
