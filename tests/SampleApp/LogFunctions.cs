using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

internal sealed class LogFunctions(ILogger<LogFunctions> logger, ILoggerFactory loggers)
{
    /// <summary>Logs at every level, to a category at the default level and to one that is filtered to warnings.</summary>
    [Function("Logs")]
    public void Logs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "logs/{word}")] HttpRequestData request, string word)
    {
        Log.Said(logger, word);
        var levels = loggers.CreateLogger("Sample.Levels");
        var quiet = loggers.CreateLogger("Sample.Quiet");
        foreach (var level in Enum.GetValues<LogLevel>().Where(level => level != LogLevel.None))
        {
            Log.AtLevel(levels, level, level);
            Log.AtLevel(quiet, level, level);
        }

        Log.WentWrong(logger, new InvalidOperationException("A logged exception."));
    }
}
