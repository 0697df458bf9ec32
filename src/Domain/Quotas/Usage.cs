using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Quotas;

/// <summary>Reads and writes <see cref="UsageRow"/>s, one per kind in the user's partition.</summary>
public static class Usage
{
    /// <summary>Sessions.</summary>
    public const string Sessions = "usage:sessions";

    /// <summary>API keys.</summary>
    public const string ApiKeys = "usage:apikeys";

    /// <summary>Files and their bytes.</summary>
    public const string Files = "usage:files";

    /// <summary>Commands that run.</summary>
    public const string Commands = "usage:commands";

    /// <summary>Workflows that run.</summary>
    public const string Workflows = "usage:workflows";

    /// <summary>Nothing.</summary>
    public static readonly UsageRow None = new(0, 0);

    /// <summary>Finds how much there is, for a transaction that writes it under its ETag.</summary>
    /// <param name="state">The state.</param>
    /// <param name="userId">The user.</param>
    /// <param name="key">The row key, one of the constants.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if nothing was counted yet.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public static Task<Stored<UsageRow>?> FindUsageAsync(this IStateStore state, string userId, string key, CancellationToken cancellationToken) =>
        state.FindRecentAsync<UsageRow>(StateKeys.User(userId), key, cancellationToken);

    /// <summary>Finds how much there is. A usage that would refuse the request is read from storage.</summary>
    /// <param name="state">The state.</param>
    /// <param name="userId">The user.</param>
    /// <param name="key">The row key, one of the constants.</param>
    /// <param name="isFull">Whether a usage would refuse the request.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if nothing was counted yet.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public static async Task<Stored<UsageRow>?> FindUsageAsync(
        this IStateStore state, string userId, string key, Func<UsageRow, bool> isFull, CancellationToken cancellationToken)
    {
        Stored<UsageRow>? recent = await state.FindRecentAsync<UsageRow>(StateKeys.User(userId), key, cancellationToken);
        return recent is not null && isFull(recent.Value) ? await state.FindAsync<UsageRow>(StateKeys.User(userId), key, cancellationToken) : recent;
    }

    /// <summary>Writes how much there is after the transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The row key.</param>
    /// <param name="stored">The row as it was read.</param>
    /// <param name="after">How much there is then.</param>
    public static Transaction SetUsage(this Transaction transaction, string key, Stored<UsageRow>? stored, UsageRow after) =>
        stored is null ? transaction.Insert(key, after) : transaction.Replace(key, after, stored.ETag);

    /// <summary>Subtracts the item that the transaction removes, unless it was never counted.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="stored">The row as it was read.</param>
    public static Transaction SubtractOne(this Transaction transaction, Stored<UsageRow>? stored) =>
        stored is null ? transaction : transaction.SetUsage(stored.Key, stored, stored.Value.Plus(-1, 0));
}
