using McpFunctions.Domain.Auth;
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
        int count = await expiry.ExpireAsync(cancellationToken);
        LogExpired(count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Count} expired login counts.")]
    private partial void LogExpired(int count);
}
