using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

internal sealed class LogFunctions(ILogger<LogFunctions> logger)
{
    [Function("Logs")]
    public void Logs([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "logs/{word}")] HttpRequest request, string word)
    {
        Log.Said(logger, word);
        Log.WentWrong(logger, new InvalidOperationException("A logged exception."));
    }
}
