using Azure.Core;
using Azure.Data.Tables;

namespace McpFunctions.Functions.Delivery;

/// <summary>The tables of the gateway; they are created when they are first needed.</summary>
public sealed class StorageTables
{
    /// <summary>How long storage may take for one answer before the call counts as failed.</summary>
    public static readonly TimeSpan NetworkTimeout = TimeSpan.FromSeconds(5);

    private readonly TableClient gateway;
    private readonly TableClient gatewayOnce;
    private readonly TableClient pending;
    private readonly TableClient audit;
    private Task? created;

    /// <summary>Makes the clients; nothing is connected yet.</summary>
    /// <param name="connectionString">An Azure Storage connection string.</param>
    public StorageTables(string connectionString)
    {
        var service = new TableServiceClient(connectionString, Options(maxRetries: 2));
        gateway = service.GetTableClient("Gateway");
        pending = service.GetTableClient("Pending");
        audit = service.GetTableClient("Audit");
        gatewayOnce = new TableServiceClient(connectionString, Options(maxRetries: 0)).GetTableClient("Gateway");
    }

    /// <summary>State and events.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The table, which exists.</returns>
    public Task<TableClient> GatewayAsync(CancellationToken cancellationToken) => ExistingAsync(gateway, cancellationToken);

    /// <summary>
    /// State and events, for transactions: it never tries again by itself. A second try of a transaction that did commit
    /// would be refused, and the caller told that nothing changed.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The table, which exists.</returns>
    public Task<TableClient> GatewayWithoutRetriesAsync(CancellationToken cancellationToken) => ExistingAsync(gatewayOnce, cancellationToken);

    /// <summary>Pointers to transactions that the relay has yet to look after.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The table, which exists.</returns>
    public Task<TableClient> PendingAsync(CancellationToken cancellationToken) => ExistingAsync(pending, cancellationToken);

    /// <summary>The audit log.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The table, which exists.</returns>
    public Task<TableClient> AuditAsync(CancellationToken cancellationToken) => ExistingAsync(audit, cancellationToken);

    private static TableClientOptions Options(int maxRetries)
    {
        var options = new TableClientOptions();
        options.Retry.Mode = RetryMode.Exponential;
        options.Retry.MaxRetries = maxRetries;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.MaxDelay = TimeSpan.FromSeconds(1);
        options.Retry.NetworkTimeout = NetworkTimeout;
        return options;
    }

    private async Task<TableClient> ExistingAsync(TableClient table, CancellationToken cancellationToken)
    {
        Task creation = created is { IsFaulted: false, IsCanceled: false } running ? running : created = CreateAsync();
        await creation.WaitAsync(cancellationToken);
        return table;
    }

    // Not under a caller's token: others wait for the same creation.
    private async Task CreateAsync()
    {
        foreach (TableClient table in new[] { gateway, pending, audit })
        {
            await StorageCall.RunAsync(() => table.CreateIfNotExistsAsync(), CancellationToken.None);
        }
    }
}
