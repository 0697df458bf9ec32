using System.Runtime.CompilerServices;
using Azure;
using Azure.Identity;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>Distinguishes an error response of storage from an outage.</summary>
public static class StorageCall
{
    /// <summary>The dependency's name in <see cref="DependencyUnavailableException"/>.</summary>
    public const string Dependency = "storage";

    /// <summary>Runs a call to storage.</summary>
    /// <typeparam name="T">The type of the result.</typeparam>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">The caller's token. Its cancellation is no outage; a time-out of the SDK is one.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, is overloaded, failed, or does not accept the app's identity.</exception>
    public static async Task<T> RunAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
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

    /// <summary>Reads a list of storage, whose parts are fetched as they are asked for.</summary>
    /// <typeparam name="T">The type of the items.</typeparam>
    /// <param name="list">The list.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The items.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached, is overloaded, failed, or does not accept the app's identity.</exception>
    public static async IAsyncEnumerable<T> EachAsync<T>(IAsyncEnumerable<T> list, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using IAsyncEnumerator<T> items = list.GetAsyncEnumerator(cancellationToken);
        while (await RunAsync(() => items.MoveNextAsync().AsTask(), cancellationToken))
        {
            yield return items.Current;
        }
    }

    /// <summary>The failure of a write that others have prevented at every try.</summary>
    /// <param name="row">The row, for the log.</param>
    /// <returns>An outage, since a later try may succeed.</returns>
    public static DependencyUnavailableException Contended(string row) => new(Dependency, new TimeoutException($"Others keep changing {row}."));

    /// <summary>Whether storage has answered, and does not do what the gateway asks of it.</summary>
    /// <param name="exception">The exception of a call.</param>
    public static bool IsRefusal(Exception exception) =>
        exception is RequestFailedException or DependencyUnavailableException { InnerException: RequestFailedException { Status: 401 or 403 } };

    /// <summary>Whether an exception of the SDK means an outage rather than a refusal.</summary>
    /// <param name="exception">The exception.</param>
    /// <returns>True for time-outs, broken connections, throttling, service failures, and an identity that storage does not accept. Also for a cancellation, which only the caller can distinguish from a time-out.</returns>
    public static bool IsOutage(Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        // Storage does not accept who asks: a token has expired on its way, a key was changed, or a role is missing. That is not the caller's fault.
        RequestFailedException { Status: 401 or 403 } => true,
        // Somebody deleted the table or container. The next process creates it again.
        RequestFailedException { ErrorCode: "TableNotFound" or "TableBeingDeleted" or "ContainerNotFound" or "ContainerBeingDeleted" } => true,
        RequestFailedException => false,
        // The SDK throws this after its last retry and for its network time-out.
        AggregateException { InnerExceptions: var inner } => inner.Any(IsOutage),
        OperationCanceledException or IOException or HttpRequestException or TimeoutException => true,
        // The identity gets no token.
        AuthenticationFailedException => true,
        _ => false,
    };
}
