using Azure;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Outbox;

/// <summary>
/// Commits state and events in one entity-group transaction of the Gateway table, then publishes the events to Redis.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="json">Describes the rows of state.</param>
/// <param name="recent">Rows that this process has written.</param>
/// <param name="journal">Publishes to Redis.</param>
/// <param name="logger">Logs unknown outcomes.</param>
public sealed partial class TableEventPublisher(
    StorageTables tables, StoredJson json, RecentRows recent, RedisJournal journal, ILogger<TableEventPublisher> logger) : IEventPublisher
{
    /// <inheritdoc/>
    public async Task PrepareAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        // Write the outbox entry before the transaction, so that the relay finds it after a crash right after the commit.
        TableClient pending = await tables.GetAsync(StorageTables.Pending, cancellationToken);
        (string shard, string key) = OutboxEntryOf(transaction);
        var row = new TableEntity(shard, key)
        {
            ["Partition"] = transaction.Partition,
            ["EventIds"] = string.Join(',', transaction.Events.Select(domainEvent => domainEvent.Id)),
        };
        try
        {
            await StorageCall.RunAsync(() => pending.AddEntityAsync(row, cancellationToken), cancellationToken);
        }
        catch (RequestFailedException exception) when (exception.Status == 409)
        {
            // The row exists: the SDK's first try succeeded and only its response was lost.
        }

        transaction.IsPrepared = true;
    }

    /// <inheritdoc/>
    public async Task WithdrawAsync(Transaction transaction)
    {
        try
        {
            TableClient pending = await tables.GetAsync(StorageTables.Pending, CancellationToken.None);
            (string shard, string key) = OutboxEntryOf(transaction);
            await StorageCall.RunAsync(() => pending.DeleteEntityAsync(shard, key), CancellationToken.None);
        }
        catch (DependencyUnavailableException)
        {
            // The relay deletes the outbox entry later, since the event's row will never exist.
        }
    }

    /// <inheritdoc/>
    public async Task<PublishOutcome> PublishAsync(Transaction transaction, CancellationToken cancellationToken)
    {
        TableTransactionAction[] actions = [.. Actions(transaction)];
        if (transaction.Events.Count == 0 || actions.Length > Transaction.MaxOperations)
        {
            throw new ArgumentException(
                $"A transaction has at least one event and at most {Transaction.MaxOperations} operations, not {transaction.Events.Count} and {actions.Length}.",
                nameof(transaction));
        }

        PublishOutcome outcome;
        try
        {
            if (!transaction.IsPrepared)
            {
                await PrepareAsync(transaction, cancellationToken);
            }

            outcome = await CommitAsync(transaction, actions);
            if (outcome == PublishOutcome.Refused)
            {
                await WithdrawAsync(transaction);
            }
        }
        catch (DependencyUnavailableException exception)
        {
            LogUnavailable(DependencyUnavailableException.ReasonOf(exception), transaction.Events[0].Id);
            return PublishOutcome.Unavailable;
        }

        if (outcome == PublishOutcome.Committed)
        {
            await journal.PublishAsync(transaction.Events);
        }

        return outcome;
    }

    private static (string Shard, string Key) OutboxEntryOf(Transaction transaction) =>
        (StorageTables.PendingShardOf(transaction.Events[0].Id), KeyPart.Of(transaction.Events[0].Id));

    private IEnumerable<TableTransactionAction> Actions(Transaction transaction) => GatewayRow.WritesOf(transaction, json).Concat(
        transaction.Events.Select(domainEvent => new TableTransactionAction(TableTransactionActionType.Add, GatewayRow.Of(transaction.Partition, domainEvent))));

    // From here on without the caller's token: a client that disconnects must not leave an unknown outcome.
    private async Task<PublishOutcome> CommitAsync(Transaction transaction, TableTransactionAction[] actions)
    {
        TableClient gateway = await tables.GatewayWithoutRetriesAsync(CancellationToken.None);
        try
        {
            Response<IReadOnlyList<Response>> committed = await gateway.SubmitTransactionAsync(actions, CancellationToken.None);
            recent.Committed(transaction, committed.Value);
            return PublishOutcome.Committed;
        }
        catch (RequestFailedException exception) when (exception.Status is 404 or 409 or 412 && !StorageCall.IsOutage(exception))
        {
            recent.Refused(transaction);
            return PublishOutcome.Refused;
        }
        catch (Exception exception) when (StorageCall.IsOutage(exception))
        {
            recent.Refused(transaction);
            LogUnknown(DependencyUnavailableException.ReasonOf(exception), transaction.Events[0].Id);
            return await AbortMarker.IsAbortedAsync(tables, transaction.Partition, transaction.Events[0].Id, CancellationToken.None)
                ? PublishOutcome.Unavailable
                : PublishOutcome.Committed;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Storage did not say whether the transaction of event {EventId} committed ({Reason}). An abort marker finds out.")]
    private partial void LogUnknown(string reason, string eventId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Storage is unavailable ({Reason}). The transaction of event {EventId} is refused, or the relay completes it.")]
    private partial void LogUnavailable(string reason, string eventId);
}
