using System.Security.Cryptography;

namespace McpFunctions.Domain.Delivery;

/// <summary>Repeats a step that reads rows and writes them under their ETags, while others change the same rows.</summary>
public static class ConflictRetry
{
    /// <summary>The most tries, unless a caller names another number.</summary>
    public const int MaxTries = 25;

    private const int MinDelayMs = 5;
    private const int FirstDelayMs = 25;
    private const int MaxDelayMs = 100;

    /// <summary>Repeats a step until it has an outcome.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="exhausted">The failure if others change the rows at every try.</param>
    /// <param name="step">Reads, decides and writes. It returns null if others have changed the rows since it read them.</param>
    /// <param name="cancellationToken">Cancels the waits.</param>
    /// <returns>The outcome of the step, or the given failure.</returns>
    public static async Task<Outcome<T>> RunAsync<T>(Failure exhausted, Func<Task<Outcome<T>?>> step, CancellationToken cancellationToken)
    {
        for (int tries = 1; true; tries++)
        {
            if (await step() is { } outcome)
            {
                return outcome;
            }

            if (tries == MaxTries)
            {
                return exhausted;
            }

            await PauseAsync(tries, cancellationToken);
        }
    }

    /// <summary>Repeats a step until it succeeds.</summary>
    /// <param name="maxTries">The most tries.</param>
    /// <param name="step">Reads, decides and writes. It returns false if others have changed the rows since it read them.</param>
    /// <param name="cancellationToken">Cancels the waits.</param>
    /// <returns>False if others changed the rows at every try.</returns>
    public static async Task<bool> TryAsync(int maxTries, Func<Task<bool>> step, CancellationToken cancellationToken)
    {
        for (int tries = 1; !await step(); tries++)
        {
            if (tries == maxTries)
            {
                return false;
            }

            await PauseAsync(tries, cancellationToken);
        }

        return true;
    }

    /// <summary>The outcome of a step that ends with <see cref="IEventPublisher.PublishAsync"/>.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="published">The outcome of the transaction.</param>
    /// <param name="result">The result of a commit.</param>
    /// <returns>The result; unavailable; or null if a row has changed since it was read.</returns>
    public static Outcome<T>? OutcomeOf<T>(PublishOutcome published, T result) => published switch
    {
        PublishOutcome.Committed => result,
        PublishOutcome.Unavailable => new Failure.Unavailable(),
        _ => default(Outcome<T>?),
    };

    // Waits of random length let writers of one row get past each other. They grow, since a long conflict has many writers.
    private static Task PauseAsync(int tries, CancellationToken cancellationToken) =>
        Task.Delay(RandomNumberGenerator.GetInt32(MinDelayMs, Math.Min(FirstDelayMs + (5 * tries), MaxDelayMs)), cancellationToken);
}
