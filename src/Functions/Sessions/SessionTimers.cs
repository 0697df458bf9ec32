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
        int count = await expiry.ExpireAsync(cancellationToken);
        if (count > 0)
        {
            LogExpired(count);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Ended {Count} expired sessions.")]
    private partial void LogExpired(int count);
}
