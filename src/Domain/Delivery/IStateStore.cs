namespace McpFunctions.Domain.Delivery;

/// <summary>Reads the state that <see cref="IEventPublisher"/> writes.</summary>
public interface IStateStore
{
    /// <summary>Reads one row.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="partition">Its partition.</param>
    /// <param name="key">Its row key.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The row, or null where there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Stored<T>?> FindAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class;

    /// <summary>Reads the rows of a partition whose keys begin alike, in the order of their keys.</summary>
    /// <typeparam name="T">The rows' type.</typeparam>
    /// <param name="partition">Their partition.</param>
    /// <param name="keyPrefix">What their keys begin with.</param>
    /// <param name="afterKey">Rows up to and including this key are left out; null for none.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The rows, fetched as they are asked for.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    IAsyncEnumerable<Stored<T>> ListAsync<T>(string partition, string keyPrefix, string? afterKey, CancellationToken cancellationToken)
        where T : class;
}
