using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>
/// Fills a user's context from storage if Redis lost a part. It only adds, through the same
/// script as live events, so both may come in any order.
/// </summary>
/// <param name="events">The events in storage.</param>
/// <param name="living">What the features store of a user.</param>
/// <param name="users">Knows the deleted users.</param>
/// <param name="contexts">The contexts.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs rebuilds.</param>
public sealed partial class ContextRebuild(
    PartitionEvents events, IEnumerable<IActiveEntities> living, UserDirectory users, IContextStore contexts, TimeProvider time, ILogger<ContextRebuild> logger)
{
    private readonly UserRebuild rebuild = new();

    /// <summary>Makes sure that a user's context is complete.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="DependencyUnavailableException">Redis or storage cannot be reached, or the rebuild takes longer than a reader waits.</exception>
    public Task EnsureAsync(string userId, CancellationToken cancellationToken) => rebuild.RunAsync(userId, () => RebuildAsync(userId), cancellationToken);

    private async Task RebuildAsync(string userId)
    {
        if (await users.IsDeletedAsync(userId, CancellationToken.None) || await contexts.BeginRebuildAsync(userId, CancellationToken.None) is not { } token)
        {
            return;
        }

        int count = 0;
        // Recent events, especially ends, which a late event must not undo.
        await foreach (DomainEvent domainEvent in events.ReadAsync(StateKeys.User(userId), time.GetUtcNow() - IContextStore.TombstoneRetention))
        {
            if (OrchestratorConsumer.Describe(domainEvent) is { } known && known.UserId == userId)
            {
                await contexts.ApplyAsync(userId, known.Fact, isState: false, CancellationToken.None);
                count++;
            }
        }

        // And everything that still lives, however old it is.
        foreach (IActiveEntities feature in living)
        {
            await foreach (ActiveEntity entity in feature.ListAsync(userId, CancellationToken.None))
            {
                await contexts.ApplyAsync(userId, ContextFact.Of(entity), isState: true, CancellationToken.None);
                count++;
            }
        }

        await contexts.CompleteRebuildAsync(userId, token, CancellationToken.None);
        LogRebuilt(userId, count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Rebuilt the context of user {UserId} from storage: {Count} entries.")]
    private partial void LogRebuilt(string userId, int count);
}
