using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace McpFunctions.TestServers;

/// <summary>Waits for an effect of another process, with a deadline instead of a fixed sleep.</summary>
public static class Eventually
{
    /// <summary>The default deadline: 5 min, far more than any wait takes on a heavily loaded machine.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(5);

    /// <summary>The deadline of a build: 30 min. It takes a minute, and has been seen to take ten on a heavily loaded machine.</summary>
    public static readonly TimeSpan BuildDeadline = TimeSpan.FromMinutes(30);

    /// <summary>Returns as soon as <paramref name="condition"/> is true. A condition that throws counts as false.</summary>
    /// <exception cref="TimeoutException">The condition was still false at the deadline. The inner exception is the last one that it threw.</exception>
    public static Task UntilAsync(
        Func<bool> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string description = "") =>
        UntilAsync(() => Task.FromResult(condition()), deadline, description);

    /// <inheritdoc cref="UntilAsync(Func{bool}, TimeSpan?, string)"/>
    public static Task UntilAsync(
        Func<Task<bool>> condition,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(condition))] string description = "") =>
        GetAsync(condition, isTrue => isTrue, deadline, description);

    /// <summary>Calls <paramref name="probe"/> until <paramref name="accept"/> returns true for its result, and returns that result.</summary>
    /// <exception cref="TimeoutException">No result was accepted before the deadline. The message contains the last one.</exception>
    public static async Task<T> GetAsync<T>(
        Func<Task<T>> probe,
        Func<T, bool> accept,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(probe))] string description = "")
    {
        var limit = deadline ?? DefaultDeadline;
        var elapsed = Stopwatch.StartNew();
        var pause = TimeSpan.FromMilliseconds(10);
        while (true)
        {
            string lastSeen;
            Exception? lastError = null;
            try
            {
                var result = await probe().ConfigureAwait(false);
                if (accept(result))
                {
                    return result;
                }
                lastSeen = $"{result}";
            }
            catch (Exception error)
            {
                lastError = error;
                lastSeen = $"{error.GetType().Name}: {error.Message}";
            }
            if (elapsed.Elapsed > limit)
            {
                throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {description}. Last: {lastSeen}", lastError);
            }
            await Task.Delay(pause).ConfigureAwait(false);
            pause = pause < TimeSpan.FromMilliseconds(200) ? pause * 1.5 : pause;
        }
    }
}
