using System.Collections.Concurrent;

namespace McpFunctions.Functions.Delivery;

/// <summary>Runs a piece of work once at a time for each key: whoever asks while it runs, shares it.</summary>
public sealed class SingleFlight
{
    // Lazy: the work may end, and remove its entry, only after the entry is there. One that stayed would answer for ever.
    private readonly ConcurrentDictionary<string, Lazy<Task>> running = new();

    /// <summary>Runs the work, or joins the run that is under way. It goes on when nobody waits for it any more.</summary>
    /// <param name="key">What the work is about.</param>
    /// <param name="work">The work.</param>
    /// <returns>When that run has ended; it fails as the work does, and the next call runs it again.</returns>
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
