using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Idempotency;

/// <summary>Idempotency rows by the time at which they may go. It is written before the row, so that none stays for ever.</summary>
public interface IIdempotencyIndex
{
    /// <summary>Notes a row that is about to be written.</summary>
    /// <param name="partition">The row's partition.</param>
    /// <param name="rowKey">Its key.</param>
    /// <param name="at">When it is written.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when it is stored.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task AddAsync(string partition, string rowKey, DateTimeOffset at, CancellationToken cancellationToken);
}
