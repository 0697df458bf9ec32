using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Users;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Users;

/// <summary>Removes deleted users in the background.</summary>
/// <param name="cleanup">Removes deleted users.</param>
/// <param name="logger">Logs removed users and failures.</param>
public sealed partial class UserTimers(UserCleanup cleanup, ILogger<UserTimers> logger)
{
    /// <summary>Removes the data of deleted users every ten seconds, until nothing is left.</summary>
    [Function("RemoveDeletedUsers")]
    public async Task Remove([TimerTrigger("*/10 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        await foreach (Stored<UserDeletion> entry in cleanup.ListAsync(cancellationToken))
        {
            await RemoveAsync(entry, cancellationToken);
        }
    }

    // A user who cannot be removed must not block the others.
    private async Task RemoveAsync(Stored<UserDeletion> entry, CancellationToken cancellationToken)
    {
        try
        {
            if (await cleanup.RemoveAsync(entry, cancellationToken))
            {
                LogRemoved(entry.Value.UserId);
            }
        }
        catch (Exception exception) when (exception is not (DependencyUnavailableException or OperationCanceledException))
        {
            LogFailed(exception, entry.Value.UserId);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Removed the deleted user {UserId}.")]
    private partial void LogRemoved(string userId);

    [LoggerMessage(Level = LogLevel.Error, Message = "Cannot remove the deleted user {UserId}. The gateway tries again in ten seconds.")]
    private partial void LogFailed(Exception exception, string userId);
}
