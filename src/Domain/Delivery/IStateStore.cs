namespace McpFunctions.Domain.Delivery;

/// <summary>Reads the state that <see cref="IEventPublisher"/> writes, and writes state without events.</summary>
public interface IStateStore
{
    /// <summary>Reads one row.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="partition">Its partition.</param>
    /// <param name="key">Its row key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Stored<T>?> FindAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class;

    /// <summary>
    /// The row as this process last wrote it, or as storage has it now. Only for a row that is written back under its ETag: another instance may have
    /// written it since, and a decision that ends without a write must be taken again with <see cref="FindAsync"/>.
    /// </summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="partition">Its partition.</param>
    /// <param name="key">Its row key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Stored<T>?> FindRecentAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Reads the rows of a partition whose keys begin alike, in the order of their keys.</summary>
    /// <typeparam name="T">The rows' type.</typeparam>
    /// <param name="partition">Their partition.</param>
    /// <param name="keyPrefix">The prefix of their keys.</param>
    /// <param name="afterKey">Rows up to and including this key are left out; null for none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rows, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<Stored<T>> ListAsync<T>(string partition, string keyPrefix, string? afterKey, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Reads one row of each partition whose key begins alike, in the order of the partitions.</summary>
    /// <typeparam name="T">The rows' type.</typeparam>
    /// <param name="partitionPrefix">The prefix of the partition keys; it ends in a colon.</param>
    /// <param name="key">The row key, the same in each.</param>
    /// <param name="afterPartition">Partitions up to and including this one are left out; null for none.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Partitions and rows, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<(string Partition, Stored<T> Row)> ListPartitionsAsync<T>(
        string partitionPrefix, string key, string? afterPartition, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Commits state without events.</summary>
    /// <param name="transaction">State without events.</param>
    /// <param name="cancellationToken">Cancels the wait before the commit.</param>
    /// <returns>False if nothing changed: a row has changed since it was read, or exists already.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached; whether anything was changed is not known.</exception>
    Task<bool> TryWriteAsync(Transaction transaction, CancellationToken cancellationToken);
}
