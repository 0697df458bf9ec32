namespace McpFunctions.Domain.Delivery;

/// <summary>Reads state for services.</summary>
public static class StateReading
{
    /// <summary>Reads a row of a user by its id.</summary>
    /// <typeparam name="T">The row's type.</typeparam>
    /// <param name="state">The state.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="keyPrefix">The prefix of the row key.</param>
    /// <param name="id">The id as the client sent it. Anything but a GUID names nothing, and must not reach a key.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if there is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public static Task<Stored<T>?> FindByIdAsync<T>(this IStateStore state, string userId, string keyPrefix, string id, CancellationToken cancellationToken)
        where T : class =>
        Guid.TryParseExact(id, "D", out Guid guid)
            ? state.FindAsync<T>(StateKeys.User(userId), $"{keyPrefix}{guid:D}", cancellationToken)
            : Task.FromResult<Stored<T>?>(null);

    /// <summary>Reads a part of a list of rows, in the order of their keys.</summary>
    /// <typeparam name="TRow">The rows' type.</typeparam>
    /// <typeparam name="TItem">The item that the list shows for a row.</typeparam>
    /// <param name="state">The state.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="keyPrefix">The prefix of the row keys.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="item">The item that the list shows for a row.</param>
    /// <param name="matches">Which items are asked for.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public static Task<Outcome<Page<TItem>>> PageAsync<TRow, TItem>(
        this IStateStore state,
        string partition,
        string keyPrefix,
        PageRequest page,
        Func<TRow, TItem> item,
        Predicate<TItem> matches,
        CancellationToken cancellationToken)
        where TRow : class =>
        page.FillAsync(
            place => place.StartsWith(keyPrefix, StringComparison.Ordinal),
            after => state
                .ListAsync<TRow>(partition, keyPrefix, after, cancellationToken)
                .Select(stored => (stored.Key, Item: item(stored.Value)))
                .Where(each => matches(each.Item)));
}
