using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Recovery;

/// <summary>Runs the rebuild of a user's state once at a time. Readers wait for it.</summary>
public sealed class UserRebuild
{
    // The longest wait of a reader. The rebuild continues after it, and a later reader finds the result.
    private static readonly TimeSpan RebuildTimeout = TimeSpan.FromSeconds(15);

    private readonly SingleFlight running = new();

    /// <summary>Runs a rebuild, or joins the current one.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="rebuild">The rebuild.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached, or the rebuild takes longer than a reader waits.</exception>
    public async Task RunAsync(string userId, Func<Task> rebuild, CancellationToken cancellationToken)
    {
        try
        {
            await running.RunAsync(userId, rebuild).WaitAsync(RebuildTimeout, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new DependencyUnavailableException("redis, which is being rebuilt", exception);
        }
    }
}
