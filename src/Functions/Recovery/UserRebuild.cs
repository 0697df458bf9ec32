using System.Globalization;
using Azure.Data.Tables;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Notifications;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Users;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Recovery;

/// <summary>
/// Fills a user's inbox and context from storage if Redis lost a part. It only adds, through the same
/// scripts as live events, so both may come in any order.
/// </summary>
/// <param name="tables">The tables.</param>
/// <param name="state">State in storage.</param>
/// <param name="users">Knows the administrators.</param>
/// <param name="inbox">The inboxes.</param>
/// <param name="contexts">The contexts.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs rebuilds.</param>
public sealed partial class UserRebuild(
    StorageTables tables, IStateStore state, UserDirectory users, IInbox inbox, IContextStore contexts, TimeProvider time, ILogger<UserRebuild> logger)
{
    // The longest wait of a reader. The rebuild continues after it, and a later reader finds the result.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly SingleFlight running = new();

    /// <summary>Makes sure that a user's inbox is complete.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that ends when it is complete.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached, or the rebuild takes longer than a reader waits.</exception>
    public Task EnsureInboxAsync(string userId, CancellationToken cancellationToken) =>
        WaitAsync($"inbox {userId}", () => RebuildInboxAsync(userId), cancellationToken);

    /// <summary>Makes sure that a user's context is complete.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>A task that ends when it is complete.</returns>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached, or the rebuild takes longer than a reader waits.</exception>
    public Task EnsureContextAsync(string userId, CancellationToken cancellationToken) =>
        WaitAsync($"context {userId}", () => RebuildContextAsync(userId), cancellationToken);

    private async Task WaitAsync(string what, Func<Task> rebuild, CancellationToken cancellationToken)
    {
        try
        {
            await running.RunAsync(what, rebuild).WaitAsync(Patience, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new DependencyUnavailableException("redis, which is being rebuilt", exception);
        }
    }

    private async Task RebuildInboxAsync(string userId)
    {
        if (await IsDeletedAsync(userId) || await inbox.BeginRebuildAsync(userId, CancellationToken.None) is not { } token)
        {
            return;
        }

        int count = 0;
        // One after the other, since sequences follow the order of time.
        await foreach (DomainEvent domainEvent in InboxEventsAsync(userId, time.GetUtcNow() - IInbox.Retention))
        {
            // Notifications for all administrators are in the system's partition, which is read only for administrators.
            if (NotificationConsumer.Describe(domainEvent) is var (recipient, notification) && (recipient is null || recipient == userId))
            {
                await inbox.AddAsync(userId, notification, isRebuilt: true, CancellationToken.None);
                count++;
            }
        }

        await inbox.CompleteRebuildAsync(userId, token, CancellationToken.None);
        LogRebuilt("inbox", userId, count);
    }

    private async Task RebuildContextAsync(string userId)
    {
        if (await IsDeletedAsync(userId) || await contexts.BeginRebuildAsync(userId, CancellationToken.None) is not { } token)
        {
            return;
        }

        int count = 0;
        // Recent events, especially ends, which a late event must not undo.
        await foreach (DomainEvent domainEvent in EventsAsync(StateKeys.User(userId), time.GetUtcNow() - IContextStore.TombstoneLife))
        {
            if (OrchestratorConsumer.Describe(domainEvent) is { } known && known.UserId == userId)
            {
                await contexts.ApplyAsync(userId, known.Fact, isState: false, CancellationToken.None);
                count++;
            }
        }

        // And everything that still lives, however old it is.
        await foreach (ContextFact fact in LivingAsync(userId))
        {
            await contexts.ApplyAsync(userId, fact, isState: true, CancellationToken.None);
            count++;
        }

        await contexts.CompleteRebuildAsync(userId, token, CancellationToken.None);
        LogRebuilt("context", userId, count);
    }

    // A deleted user's events stay in storage, but must not bring back inbox and context.
    private async Task<bool> IsDeletedAsync(string userId) =>
        await state.FindAsync<UserRow>(StateKeys.User(userId), UserKeys.Profile, CancellationToken.None) is { Value.IsDeleted: true };

    private async IAsyncEnumerable<ContextFact> LivingAsync(string userId)
    {
        string partition = StateKeys.User(userId);
        await foreach (Stored<FileRow> row in state.ListAsync<FileRow>(partition, FileKeys.RowPrefix, null, CancellationToken.None))
        {
            yield return ContextFact.Of(row.Value.File);
        }

        await foreach (Stored<CommandRecord> row in state.ListAsync<CommandRecord>(partition, CommandService.RowPrefix, null, CancellationToken.None))
        {
            if (row.Value.Status == CommandStatus.Started)
            {
                yield return ContextFact.Of(row.Value);
            }
        }

        await foreach (Stored<WorkflowRecord> row in state.ListAsync<WorkflowRecord>(partition, WorkflowService.RowPrefix, null, CancellationToken.None))
        {
            if (row.Value.Status == WorkflowStatus.Running)
            {
                yield return ContextFact.Of(row.Value);
            }
        }

        // An expired session has its row until its end is published, and that event removes it from the context.
        await foreach (Stored<SessionRecord> row in state.ListAsync<SessionRecord>(partition, SessionService.RowPrefix, null, CancellationToken.None))
        {
            yield return ContextFact.Of(row.Value);
        }
    }

    // A user's own events, and for an administrator those of the system between them.
    private async IAsyncEnumerable<DomainEvent> InboxEventsAsync(string userId, DateTimeOffset since)
    {
        Queue<DomainEvent> ofSystem = [];
        if (await users.IsAdministratorAsync(userId, CancellationToken.None))
        {
            await foreach (DomainEvent domainEvent in EventsAsync(StateKeys.System, since))
            {
                ofSystem.Enqueue(domainEvent);
            }
        }

        await foreach (DomainEvent domainEvent in EventsAsync(StateKeys.User(userId), since))
        {
            while (ofSystem.TryPeek(out DomainEvent? earlier) && earlier.Timestamp <= domainEvent.Timestamp)
            {
                yield return ofSystem.Dequeue();
            }

            yield return domainEvent;
        }

        while (ofSystem.TryDequeue(out DomainEvent? later))
        {
            yield return later;
        }
    }

    // Ids are UUIDv7 and sort by time, so the events since a time are one range of the partition.
    private async IAsyncEnumerable<DomainEvent> EventsAsync(string partition, DateTimeOffset since)
    {
        string milliseconds = since.ToUnixTimeMilliseconds().ToString("x12", CultureInfo.InvariantCulture);
        string from = $"event:{milliseconds[..8]}-{milliseconds[8..]}";
        string filter = TableClient.CreateQueryFilter(
            $"PartitionKey eq {partition} and RowKey ge {from} and RowKey lt {"event;"}");
        TableClient gateway = await tables.GetAsync(StorageTables.Gateway, CancellationToken.None);
        await using IAsyncEnumerator<TableEntity> rows = gateway.QueryAsync<TableEntity>(filter).GetAsyncEnumerator();
        while (await StorageCall.RunAsync(() => rows.MoveNextAsync().AsTask(), CancellationToken.None))
        {
            (DomainEvent? domainEvent, UnreadableEvent? unreadable) = GatewayRow.ReadEvent(rows.Current);
            if (domainEvent is not null)
            {
                yield return domainEvent;
            }
            else if (unreadable is not null)
            {
                LogUnreadable(unreadable);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Rebuilt the {What} of user {UserId} from storage: {Count} entries.")]
    private partial void LogRebuilt(string what, string userId, int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Unreadable} The rebuild leaves it out. Repair the row, then replay the events of its time.")]
    private partial void LogUnreadable(UnreadableEvent unreadable);
}
