using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace McpFunctions.TestServers;

/// <summary>Waits for something that other processes bring about, with a deadline instead of a fixed sleep.</summary>
public static class Eventually
{
    /// <summary>How long a wait lasts where the caller does not say: 2 min, far more than anything takes on a machine with a dozen times the work that it can do.</summary>
    public static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(2);

    /// <summary>Returns as soon as <paramref name="condition"/> is true. One that throws is not true yet.</summary>
    /// <exception cref="TimeoutException">It was still not true at the deadline; the inner exception is the last one that it threw.</exception>
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

    /// <summary>Asks <paramref name="probe"/> until <paramref name="accept"/> takes its answer, and returns that answer.</summary>
    /// <exception cref="TimeoutException">No answer was taken before the deadline; the message holds the last one.</exception>
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
                var answer = await probe().ConfigureAwait(false);
                if (accept(answer))
                {
                    return answer;
                }
                lastSeen = $"{answer}";
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
