using System.Security.Cryptography;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Quotas;

/// <summary>Reads and writes <see cref="UsageRow"/>s, one per kind in the user's partition.</summary>
public static class Usage
{
    /// <summary>Sessions.</summary>
    public const string Sessions = "usage:sessions";

    /// <summary>API keys.</summary>
    public const string ApiKeys = "usage:apikeys";

    /// <summary>Reads how much there is.</summary>
    /// <param name="state">The state.</param>
    /// <param name="userId">The user.</param>
    /// <param name="key">The row key, one of the constants.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The row; null where nothing was counted yet.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public static Task<Stored<UsageRow>?> FindUsageAsync(this IStateStore state, string userId, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.FindAsync<UsageRow>(StateKeys.User(userId), key, cancellationToken);
    }

    /// <summary>Adds what the transaction adds.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The row key.</param>
    /// <param name="stored">The row as it was read.</param>
    /// <param name="before">How much there is before the transaction.</param>
    /// <param name="bytes">How many bytes the one has that is added.</param>
    /// <returns>The transaction.</returns>
    public static Transaction AddUsage(this Transaction transaction, string key, Stored<UsageRow>? stored, UsageRow before, long bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(before);
        var after = new UsageRow(before.Count + 1, before.Bytes + bytes);
        return stored is null ? transaction.Insert(key, after) : transaction.Replace(key, after, stored.ETag);
    }

    /// <summary>Subtracts what the transaction removes. Something that was never counted is not subtracted.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="stored">The row as it was read.</param>
    /// <param name="bytes">How many bytes the one has that is removed.</param>
    /// <returns>The transaction.</returns>
    public static Transaction SubtractUsage(this Transaction transaction, Stored<UsageRow>? stored, long bytes = 0)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return stored is null
            ? transaction
            : transaction.Replace(stored.Key, new UsageRow(Math.Max(0, stored.Value.Count - 1), Math.Max(0, stored.Value.Bytes - bytes)), stored.ETag);
    }

    /// <summary>Waits a moment of random length, so that writers of one row get past each other.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>When the moment is over.</returns>
    public static Task LetOthersPassAsync(CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32(5, 50)), cancellationToken);
}
