using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Storage;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.Http;

/// <summary>Maps exceptions to problems, and logs those that are no fault of the client.</summary>
/// <param name="logger">Logs failures of the gateway.</param>
internal sealed partial class ExceptionProblems(ILogger logger)
{
    /// <summary>The problem of an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="isCancelled">Whether the request was cancelled.</param>
    public Problem Of(Exception exception, bool isCancelled)
    {
        switch (exception)
        {
            // Check cancellation first: a cancelled call to storage may look like an outage.
            case var _ when isCancelled && (exception is DependencyUnavailableException || StorageCall.IsOutage(exception)):
                LogRequestCancelled();
                return Problem.RequestCancelled();
            case ProblemException refused:
                return refused.Problem;
            case DependencyUnavailableException unavailable:
                LogUnavailable(unavailable.Dependency, unavailable.Reason);
                return Problem.Unavailable(unavailable.Dependency);
            default:
                LogInternal(exception);
                return Problem.Internal();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The request was cancelled: its client left, it took too long, or the app stops.")]
    private partial void LogRequestCancelled();

    // No stack trace: while a dependency is down, every request ends here.
    [LoggerMessage(Level = LogLevel.Warning, Message = "The request was answered with 503: {Dependency} is unavailable ({Reason}).")]
    private partial void LogUnavailable(string dependency, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "The request was answered with 500.")]
    private partial void LogInternal(Exception exception);
}
