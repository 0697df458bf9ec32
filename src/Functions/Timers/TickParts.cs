using System.Runtime.ExceptionServices;

namespace McpFunctions.Functions.Timers;

/// <summary>Runs the parts of a tick. A failed part does not block the others; the first failure is thrown after all have run.</summary>
internal sealed class TickParts
{
    private Exception? failure;

    /// <summary>Runs a part.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the tick. Its cancellation is thrown at once.</param>
    /// <returns>The result of the part; the default if it failed.</returns>
    public async Task<T?> RunAsync<T>(Func<Task<T>> part, CancellationToken cancellationToken)
    {
        try
        {
            return await part();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            failure ??= exception;
            return default;
        }
    }

    /// <summary>Runs a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="cancellationToken">Ends the tick. Its cancellation is thrown at once.</param>
    /// <returns>True if it succeeded.</returns>
    public Task<bool> RunAsync(Func<Task> part, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await part();
            return true;
        },
        cancellationToken);

    /// <summary>Throws the first failure of a part.</summary>
    public void ThrowIfOneFailed()
    {
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
