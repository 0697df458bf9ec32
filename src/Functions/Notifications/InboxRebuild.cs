using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Notifications;

/// <summary>
/// Fills a user's inbox from storage if Redis lost a part. It only adds, through the same
/// script as live events, so both may come in any order.
/// </summary>
/// <param name="events">The events in storage.</param>
/// <param name="users">Knows the administrators.</param>
/// <param name="inbox">The inboxes.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs rebuilds.</param>
public sealed partial class InboxRebuild(PartitionEvents events, UserDirectory users, IInbox inbox, TimeProvider time, ILogger<InboxRebuild> logger)
{
    private readonly UserRebuild rebuild = new();

    /// <summary>Makes sure that a user's inbox is complete.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached, or the rebuild takes longer than a reader waits.</exception>
    public Task EnsureAsync(string userId, CancellationToken cancellationToken) => rebuild.RunAsync(userId, () => RebuildAsync(userId), cancellationToken);

    private async Task RebuildAsync(string userId)
    {
        if (await users.IsDeletedAsync(userId, CancellationToken.None) || await inbox.BeginRebuildAsync(userId, CancellationToken.None) is not { } token)
        {
            return;
        }

        int count = 0;
        // One after the other, since sequences follow the order of time.
        await foreach (DomainEvent domainEvent in EventsAsync(userId, time.GetUtcNow() - IInbox.Retention))
        {
            // Notifications for all administrators are in the system's partition, which is read only for administrators.
            if (NotificationConsumer.Describe(domainEvent) is var (recipient, notification) && (recipient is null || recipient == userId))
            {
                await inbox.AddAsync(userId, notification, isRebuilt: true, CancellationToken.None);
                count++;
            }
        }

        await inbox.CompleteRebuildAsync(userId, token, CancellationToken.None);
        LogRebuilt(userId, count);
    }

    // A user's own events, and for an administrator those of the system between them.
    private async IAsyncEnumerable<DomainEvent> EventsAsync(string userId, DateTimeOffset since)
    {
        Queue<DomainEvent> ofSystem = [];
        if (await users.IsAdministratorAsync(userId, CancellationToken.None))
        {
            await foreach (DomainEvent domainEvent in events.ReadAsync(StateKeys.System, since))
            {
                ofSystem.Enqueue(domainEvent);
            }
        }

        await foreach (DomainEvent domainEvent in events.ReadAsync(StateKeys.User(userId), since))
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Rebuilt the inbox of user {UserId} from storage: {Count} entries.")]
    private partial void LogRebuilt(string userId, int count);
}
