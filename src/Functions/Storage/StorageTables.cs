using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Functions.Storage;

/// <summary>The tables of the gateway, which it creates when needed.</summary>
public sealed class StorageTables
{
    private const int Parallelism = 8;

    private static readonly DateTimeOffset FirstTime = new(1601, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TimeSpan timeout;
    private readonly Dictionary<string, TableClient> tables;
    private readonly TableClient gatewayWithoutRetries;
    private Task? created;

    /// <summary>Makes the clients. They connect later.</summary>
    /// <param name="connection">How storage is reached.</param>
    /// <param name="timeout">The time for one response of storage. The client tries a safe call twice, so it fails after twice this time.</param>
    public StorageTables(StorageConnection connection, TimeSpan timeout)
    {
        this.timeout = timeout;
        // Each with its own options: the request of a transaction does not name its table, and its span must.
        tables = new[] { Gateway, Pending, Log, Audit, Consumers, Replays, DeadLetters, SessionExpiry, IdempotencyExpiry }
            .ToDictionary(name => name, name => connection.Tables(Options(name, maxRetries: 1)).GetTableClient(name));
        gatewayWithoutRetries = connection.Tables(Options(Gateway, maxRetries: 0)).GetTableClient(Gateway);
    }

    /// <summary>The number of partitions of <see cref="Pending"/>.</summary>
    public const int PendingShards = 16;

    /// <summary>State and events.</summary>
    public const string Gateway = "Gateway";

    /// <summary>The outbox: entries of transactions that the relay has not finished.</summary>
    public const string Pending = "Pending";

    /// <summary>Every committed event in time order.</summary>
    public const string Log = "Log";

    /// <summary>The audit log.</summary>
    public const string Audit = "Audit";

    /// <summary>The progress of each consumer.</summary>
    public const string Consumers = "Consumers";

    /// <summary>Replay jobs.</summary>
    public const string Replays = "Replays";

    /// <summary>Events that a consumer could not handle.</summary>
    public const string DeadLetters = "DeadLetters";

    /// <summary>Sessions by the hour in which they may expire.</summary>
    public const string SessionExpiry = "SessionExpiry";

    /// <summary>Idempotency rows by the hour in which they were written.</summary>
    public const string IdempotencyExpiry = "IdempotencyExpiry";

    /// <summary>A table by its name.</summary>
    /// <param name="name">One of the names above.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<TableClient> GetAsync(string name, CancellationToken cancellationToken) => ExistingAsync(tables[name], cancellationToken);

    /// <summary>
    /// <see cref="Gateway"/> for transactions, without retries. A second try of a transaction that did commit
    /// would be refused, and the caller would believe that nothing changed.
    /// </summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<TableClient> GatewayWithoutRetriesAsync(CancellationToken cancellationToken) => ExistingAsync(gatewayWithoutRetries, cancellationToken);

    /// <summary>Checks once that storage answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    /// <exception cref="Azure.RequestFailedException">Storage refuses the request.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        TableClient gateway = await GatewayWithoutRetriesAsync(cancellationToken);
        await StorageCall.RunAsync(() => gateway.GetEntityIfExistsAsync<TableEntity>("system", "none", cancellationToken: cancellationToken), cancellationToken);
    }

    /// <summary>Reads a row.</summary>
    /// <param name="name">The table.</param>
    /// <param name="partition">The partition key.</param>
    /// <param name="key">The row key.</param>
    /// <param name="columns">The columns; null for all.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The row; null if there is none.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<TableEntity?> FindAsync(string name, string partition, string key, string[]? columns, CancellationToken cancellationToken)
    {
        TableClient table = await GetAsync(name, cancellationToken);
        NullableResponse<TableEntity> found = await StorageCall.RunAsync(
            () => table.GetEntityIfExistsAsync<TableEntity>(partition, key, columns, cancellationToken), cancellationToken);
        return found.HasValue ? found.Value : null;
    }

    /// <inheritdoc cref="FindAsync(string, string, string, string[], CancellationToken)"/>
    public Task<TableEntity?> FindAsync(string name, string partition, string key, CancellationToken cancellationToken) =>
        FindAsync(name, partition, key, null, cancellationToken);

    /// <summary>Reads rows in the order of their keys. They are fetched as they are asked for.</summary>
    /// <param name="name">The table.</param>
    /// <param name="filter">An OData filter.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public IAsyncEnumerable<TableEntity> QueryAsync(string name, string filter, CancellationToken cancellationToken) =>
        QueryAsync(name, filter, null, null, cancellationToken);

    /// <summary>Reads columns of rows in the order of the rows' keys. The rows are fetched as they are asked for.</summary>
    /// <param name="name">The table.</param>
    /// <param name="filter">An OData filter.</param>
    /// <param name="pageSize">The most rows of a call; null for as many as storage gives.</param>
    /// <param name="columns">The columns; null for all.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<TableEntity> QueryAsync(
        string name, string filter, int? pageSize, string[]? columns, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TableClient table = await GetAsync(name, cancellationToken);
        await foreach (TableEntity row in StorageCall.EachAsync(table.QueryAsync<TableEntity>(filter, pageSize, columns, cancellationToken), cancellationToken))
        {
            yield return row;
        }
    }

    /// <summary>Reads the responses of storage as they are asked for. Each may stop anywhere, even before the first row.</summary>
    /// <param name="name">The table.</param>
    /// <param name="filter">An OData filter; null for all rows.</param>
    /// <param name="pageSize">The most rows of a response.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async IAsyncEnumerable<Page<TableEntity>> ResponsesAsync(
        string name, string? filter, int pageSize, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TableClient table = await GetAsync(name, cancellationToken);
        await foreach (Page<TableEntity> page in StorageCall.EachAsync(table.QueryAsync<TableEntity>(filter, pageSize, null, cancellationToken).AsPages(), cancellationToken))
        {
            yield return page;
        }
    }

    /// <summary>Reads the first response of storage. It may stop anywhere, even before the first row.</summary>
    /// <param name="name">The table.</param>
    /// <param name="filter">An OData filter.</param>
    /// <param name="pageSize">The most rows.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The rows in the order of their keys, and whether they are all that match.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<(IReadOnlyList<TableEntity> Rows, bool AreAll)> FirstResponseAsync(string name, string filter, int pageSize, CancellationToken cancellationToken)
    {
        Page<TableEntity> page = await ResponsesAsync(name, filter, pageSize, cancellationToken).FirstAsync(cancellationToken);
        return (page.Values, string.IsNullOrEmpty(page.ContinuationToken));
    }

    /// <summary>Counts rows.</summary>
    /// <param name="name">The table.</param>
    /// <param name="filter">An OData filter.</param>
    /// <param name="max">The highest count.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The count, at most the maximum.</returns>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> CountAsync(string name, string filter, int max, CancellationToken cancellationToken) =>
        await QueryAsync(name, filter, null, ["RowKey"], cancellationToken).Take(max).CountAsync(cancellationToken);

    /// <summary>Deletes rows, in one transaction for up to a hundred rows of a partition. Skips rows that are gone or have another version.</summary>
    /// <param name="name">The table.</param>
    /// <param name="rows">The rows. Those of a partition are deleted in this order.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task DeleteAsync(string name, IEnumerable<TableRow> rows, CancellationToken cancellationToken)
    {
        TableClient table = await GetAsync(name, cancellationToken);
        await Parallel.ForEachAsync(
            rows.Distinct().GroupBy(row => row.Partition),
            new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
            async (partition, token) =>
            {
                foreach (TableRow[] batch in partition.Chunk(Transaction.MaxOperations))
                {
                    await DeleteBatchAsync(table, batch, token);
                }
            });
    }

    private static async Task DeleteBatchAsync(TableClient table, TableRow[] batch, CancellationToken cancellationToken)
    {
        try
        {
            await StorageCall.RunAsync(
                () => table.SubmitTransactionAsync(
                    batch.Select(row => new TableTransactionAction(TableTransactionActionType.Delete, new TableEntity(row.Partition, row.Key), row.ETag)), cancellationToken),
                cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 412)
        {
            if (batch.Length > 1)
            {
                // One row is gone or has changed, which refuses the others too.
                foreach (TableRow row in batch)
                {
                    await DeleteBatchAsync(table, [row], cancellationToken);
                }
            }
        }
    }

    /// <summary>A time as a table stores it, which is never before the year 1601.</summary>
    /// <param name="time">Any time.</param>
    /// <returns>The time, or the earliest time that a table can store.</returns>
    public static DateTimeOffset Storable(DateTimeOffset time) => time < FirstTime ? FirstTime : time;

    /// <summary>Reverses <see cref="Storable"/>. The earliest time that a table can store represents all earlier times.</summary>
    /// <param name="time">A time that a table holds.</param>
    /// <returns>The time, or the beginning of the calendar.</returns>
    public static DateTimeOffset Stored(DateTimeOffset time) => time <= FirstTime ? DateTimeOffset.MinValue : time;

    private TableClientOptions Options(string name, int maxRetries)
    {
        var options = new TableClientOptions();
        options.AddPolicy(new StorageCallPolicy(StorageCallPolicy.Tables, name), HttpPipelinePosition.PerCall);
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = maxRetries;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = timeout;
        return options;
    }

    private async Task<TableClient> ExistingAsync(TableClient table, CancellationToken cancellationToken)
    {
        Task creation = created is { IsFaulted: false, IsCanceled: false } running ? running : created = CreateAsync();
        await creation.WaitAsync(cancellationToken);
        return table;
    }

    // Without the caller's token, since other callers wait for the same creation.
    private async Task CreateAsync()
    {
        foreach (TableClient table in tables.Values)
        {
            await StorageCall.RunAsync(() => table.CreateIfNotExistsAsync(), CancellationToken.None);
        }
    }

    /// <summary>The partition of an outbox entry. Sixteen shards let relays share the work.</summary>
    internal static string PendingShardOf(string eventId) =>
        (SHA256.HashData(Encoding.UTF8.GetBytes(eventId))[0] >> 4).ToString("x", CultureInfo.InvariantCulture);
}
