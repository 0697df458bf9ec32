using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Delivery;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Auth;

/// <summary>Deletes expired login counts.</summary>
/// <param name="expiry">Deletes the expired counts.</param>
/// <param name="logger">Logs how many were deleted.</param>
public sealed partial class AuthTimers(LockoutExpiry expiry, ILogger<AuthTimers> logger)
{
    /// <summary>Deletes expired login counts every hour.</summary>
    [Function("ExpireLockouts")]
    public async Task Expire([TimerTrigger("0 41 * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        try
        {
            int count = await expiry.ExpireAsync(cancellationToken);
            LogExpired(count);
        }
        catch (DependencyUnavailableException exception)
        {
            // Nothing is lost: the next run finds them.
            LogUnavailable(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} expired login counts.")]
    private partial void LogExpired(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ExpireLockouts cannot reach storage. It tries again at its next run.")]
    private partial void LogUnavailable(Exception exception);
}
