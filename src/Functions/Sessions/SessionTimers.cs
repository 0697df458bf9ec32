using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Sessions;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Sessions;

/// <summary>Ends expired sessions in the background.</summary>
/// <param name="expiry">Ends expired sessions.</param>
/// <param name="logger">Logs how many ended.</param>
public sealed partial class SessionTimers(SessionExpiry expiry, ILogger<SessionTimers> logger)
{
    /// <summary>Ends expired sessions every ten seconds.</summary>
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
            // Nothing is lost: the next run begins with the sessions that expired first.
            LogUnavailable(exception);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended {Count} expired sessions.")]
    private partial void LogExpired(int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "ExpireSessions cannot reach storage. It tries again at its next run.")]
    private partial void LogUnavailable(Exception exception);
}
