using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Sessions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Sessions;

/// <summary>What happens to sessions by itself.</summary>
/// <param name="expiry">Ends sessions whose time is over.</param>
/// <param name="logger">Tells how many it were.</param>
public sealed partial class SessionTimers(SessionExpiry expiry, ILogger<SessionTimers> logger)
{
    /// <summary>Ends the sessions whose time is over, every ten seconds.</summary>
    /// <param name="timer">The timer.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it is done.</returns>
    [Function("ExpireSessions")]
    public async Task Expire([TimerTrigger("*/10 * * * * *")] TimerInfo timer, CancellationToken cancellationToken)
    {
        try
        {
            int count = await expiry.ExpireAsync(cancellationToken);
            if (count > 0)
            {
                LogExpired(count);
            }
        }
        catch (DependencyUnavailableException exception)
        {
            // Nothing is lost: the next run begins with the longest due.
            LogUnavailable(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} sessions have expired.")]
    private partial void LogExpired(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ExpireSessions waits for storage, which is down.")]
    private partial void LogUnavailable(Exception exception);
}
