using Azure;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Delivery;

/// <summary>Tells apart what storage answered from storage that did not answer.</summary>
public static class StorageCall
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "storage";

    /// <summary>Runs a call to storage.</summary>
    /// <typeparam name="T">What it gives.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The caller's token. Its cancellation is no outage; a time-out of the SDK is one.</param>
    /// <returns>What it gave.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, is overloaded or failed.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(call);
        try
        {
            return await call();
        }
        catch (Exception exception) when (IsOutage(exception) && !cancellationToken.IsCancellationRequested)
        {
            throw new DependencyUnavailableException(Dependency, exception);
        }
    }

    /// <inheritdoc cref="RunAsync{T}(Func{Task{T}}, CancellationToken)"/>
    public static Task RunAsync(Func<Task> call, CancellationToken cancellationToken) => RunAsync(
        async () =>
        {
            await call();
            return true;
        },
        cancellationToken);

    /// <summary>Whether an exception of the SDK means that storage did not do its part, rather than that it refused.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>True for time-outs, broken connections, throttling and failures of the service; for a cancellation too, which only the caller can tell from a time-out.</returns>
    public static bool IsOutage(Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        // A table or container that somebody dropped: the next process creates it again.
        RequestFailedException { ErrorCode: "TableNotFound" or "TableBeingDeleted" or "ContainerNotFound" or "ContainerBeingDeleted" } => true,
        RequestFailedException => false,
        // What the SDK throws when its retries are used up, and when its network time-out strikes.
        AggregateException { InnerExceptions: var inner } => inner.Any(IsOutage),
        OperationCanceledException or IOException or HttpRequestException or TimeoutException => true,
        _ => false,
    };
}
