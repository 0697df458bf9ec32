using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Outbox;

/// <summary>A consumer's place in the journal: its consumer group.</summary>
/// <param name="redis">The connection.</param>
/// <param name="group">The consumer's name.</param>
public sealed class JournalGroup(RedisConnection redis, string group)
{
    // Recovery runs on one instance at a time, so all instances use one name and the next one finds the claimed entries.
    private const string Reader = "recovery";
    private const int PageSize = 250;

    private static readonly RedisKey Journal = RedisJournal.Journal;

    private bool isMadeAnew;

    /// <summary>The attempts of each entry, a hash by entry id.</summary>
    public RedisKey Attempts { get; } = $"{{events}}:attempts:{group}";

    /// <summary>The time of the next attempt of each failed entry, a sorted set by Unix time in milliseconds.</summary>
    public RedisKey Retries { get; } = $"{{events}}:retry:{group}";

    /// <summary>Creates the group if it is missing. It begins at the oldest entry, so that it skips nothing.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether it was created now or since the last call. Then it is new, or it was lost, perhaps together with the journal.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<bool> EnsureAsync(CancellationToken cancellationToken)
    {
        try
        {
            await redis.RunAsync(database => database.StreamCreateConsumerGroupAsync(Journal, group, "0", createStream: true), cancellationToken);
            return true;
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            (bool wasMadeAnew, isMadeAnew) = (isMadeAnew, false);
            return wasMadeAnew;
        }
    }

    /// <summary>Reads the entries that the group has claimed and not acknowledged, then claims more.</summary>
    /// <param name="maxEntries">The most entries.</param>
    /// <param name="maxBytes">The approximate limit for the bytes of all bodies.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The entries, oldest first.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<IReadOnlyList<JournalEntry>> ReadAsync(int maxEntries, long maxBytes, CancellationToken cancellationToken)
    {
        List<JournalEntry> entries = [];
        long bytes = 0;
        bool isOwn = true;
        RedisValue position = "0";
        while (entries.Count < maxEntries && bytes < maxBytes)
        {
            int count = Math.Min(PageSize, maxEntries - entries.Count);
            StreamEntry[] page = await WithGroupAsync(
                database => database.StreamReadGroupAsync(Journal, group, Reader, position, count), cancellationToken);
            foreach (StreamEntry entry in page)
            {
                byte[]? body = entry.IsNull || entry.Values.Length == 0 ? null : (byte[]?)entry["event"];
                entries.Add(new JournalEntry(entry.Id, body));
                bytes += body?.Length ?? 0;
            }

            if (page.Length < count)
            {
                if (!isOwn)
                {
                    break;
                }

                (isOwn, position) = (false, ">");
            }
            else if (isOwn)
            {
                position = page[^1].Id;
            }
        }

        return entries;
    }

    /// <summary>Acknowledges entries and deletes their attempts, in one step.</summary>
    /// <param name="ids">The entries.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public Task AcknowledgeAsync(RedisValue[] ids, CancellationToken cancellationToken) => ids.Length == 0 ? Task.CompletedTask : redis.RunAsync(
        async database =>
        {
            ITransaction transaction = database.CreateTransaction();
            Task[] commands =
            [
                transaction.StreamAcknowledgeAsync(Journal, group, ids),
                transaction.HashDeleteAsync(Attempts, ids),
                transaction.SortedSetRemoveAsync(Retries, ids),
            ];
            bool isExecuted = await transaction.ExecuteAsync();
            await Task.WhenAll(commands);
            return isExecuted;
        },
        cancellationToken);

    /// <summary>Reads the lag of the group.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The oldest unacknowledged entry, claimed or not, and the number of such entries; null if there is no group.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<JournalLag?> LagAsync(CancellationToken cancellationToken)
    {
        try
        {
            StreamGroupInfo[] groups = await redis.RunAsync(database => database.StreamGroupInfoAsync(Journal), cancellationToken);
            if (groups.FirstOrDefault(each => each.Name == group) is not { Name: not null } info)
            {
                return null;
            }

            StreamPendingInfo pending = await redis.RunAsync(database => database.StreamPendingAsync(Journal, group), cancellationToken);
            StreamEntry[] unread = await redis.RunAsync(
                database => database.StreamRangeAsync(Journal, minId: $"({info.LastDeliveredId}", count: 1), cancellationToken);
            RedisValue oldest = pending.PendingMessageCount > 0 ? pending.LowestPendingMessageId
                : unread.Length > 0 ? unread[0].Id
                : RedisValue.Null;
            return new JournalLag(oldest, pending.PendingMessageCount, info.Lag ?? unread.Length);
        }
        catch (RedisServerException exception) when (exception.Message.Contains("no such key", StringComparison.Ordinal) || IsNoGroup(exception))
        {
            return null;
        }
    }

    // A destroyed group is created again at the oldest entry. Handling an acknowledged entry again has no second effect.
    private async Task<T> WithGroupAsync<T>(Func<IDatabase, Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await redis.RunAsync(call, cancellationToken);
        }
        catch (RedisServerException exception) when (IsNoGroup(exception))
        {
            isMadeAnew |= await EnsureAsync(cancellationToken);
            return await redis.RunAsync(call, cancellationToken);
        }
    }

    private static bool IsNoGroup(RedisServerException exception) => exception.Message.StartsWith("NOGROUP", StringComparison.Ordinal);
}
