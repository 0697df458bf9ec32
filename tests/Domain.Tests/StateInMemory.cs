using System.Globalization;
using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Tests;

/// <summary>In-memory state and events with the rule of Table storage: a transaction fails as a whole if a row has changed since it was read.</summary>
public sealed class StateInMemory : IStateStore, IEventPublisher, IEventReader
{
    private readonly Lock _turn = new();
    private readonly SortedDictionary<(string Partition, string Key), (object Value, string ETag)> _rows = [];
    private readonly List<DomainEvent> _events = [];
    private int _version;

    /// <summary>Makes storage unreachable.</summary>
    public bool IsDown { get; set; }

    /// <summary>Makes storage lose the commits of events.</summary>
    public bool LosesCommit { get; set; }

    /// <summary>Runs before each commit, for example a concurrent write.</summary>
    public Func<Transaction, Task> BeforeCommit { get; set; } = _ => Task.CompletedTask;

    public IReadOnlyList<DomainEvent> Events => _events;

    /// <summary>The number of commits that were refused.</summary>
    public int Refusals { get; private set; }

    public Task<Stored<T>?> FindAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class
    {
        ThrowIfDown();
        lock (_turn)
        {
            return Task.FromResult(_rows.TryGetValue((partition, key), out var row) ? new Stored<T>(key, (T)row.Value, row.ETag) : null);
        }
    }

    public Task<Stored<T>?> FindRecentAsync<T>(string partition, string key, CancellationToken cancellationToken)
        where T : class => FindAsync<T>(partition, key, cancellationToken);

    public async IAsyncEnumerable<Stored<T>> ListAsync<T>(
        string partition, string keyPrefix, string? afterKey, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        await Task.CompletedTask;
        ThrowIfDown();
        KeyValuePair<(string Partition, string Key), (object Value, string ETag)>[] rows;
        lock (_turn)
        {
            rows = [.. _rows.Where(row => row.Key.Partition == partition && row.Key.Key.StartsWith(keyPrefix, StringComparison.Ordinal))];
        }
        foreach (var ((_, key), (value, etag)) in rows)
        {
            yield return new Stored<T>(key, (T)value, etag);
        }
    }

    public IAsyncEnumerable<(string Partition, Stored<T> Row)> ListPartitionsAsync<T>(
        string partitionPrefix, string key, string? afterPartition, CancellationToken cancellationToken)
        where T : class => throw new NotSupportedException("No test needs it.");

    public async Task<bool> TryWriteAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        await BeforeCommit(transaction);
        return TryCommit(transaction);
    }

    public Task PrepareAsync(Transaction transaction, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task WithdrawAsync(Transaction transaction) => Task.CompletedTask;

    public async Task<PublishOutcome> PublishAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        await BeforeCommit(transaction);
        return IsDown || LosesCommit ? PublishOutcome.Unavailable : TryCommit(transaction) ? PublishOutcome.Committed : PublishOutcome.Refused;
    }

    public Task<IReadOnlyList<DomainEvent>> FindAsync(string partition, IReadOnlyCollection<string> eventIds, CancellationToken cancellationToken)
    {
        ThrowIfDown();
        lock (_turn)
        {
            return Task.FromResult<IReadOnlyList<DomainEvent>>([.. _events.Where(each => eventIds.Contains(each.Id))]);
        }
    }

    private bool TryCommit(Transaction transaction)
    {
        Assert.InRange(transaction.Writes.Count + transaction.Events.Count, 1, Transaction.MaxOperations);
        lock (_turn)
        {
            if (!transaction.Writes.All(write => _rows.TryGetValue((transaction.Partition, write.Key), out var row) ? write.ETag == row.ETag : write.ETag is null))
            {
                Refusals++;
                return false;
            }
            foreach (var write in transaction.Writes)
            {
                if (write.Value is null)
                {
                    _rows.Remove((transaction.Partition, write.Key));
                }
                else
                {
                    _rows[(transaction.Partition, write.Key)] = (write.Value, (++_version).ToString(CultureInfo.InvariantCulture));
                }
            }
            _events.AddRange(transaction.Events);
            return true;
        }
    }

    private void ThrowIfDown()
    {
        if (IsDown)
        {
            throw new DependencyUnavailableException("storage", new TimeoutException());
        }
    }
}
