using System.Globalization;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

internal sealed class WaitFunctions(ILogger<WaitFunctions> logger)
{
    /// <summary>Takes its time, so that many can run at once.</summary>
    [Function("Wait")]
    public async Task<string> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait/{milliseconds:int}")] HttpRequestData request,
        int milliseconds,
        CancellationToken cancellationToken)
    {
        Log.Waiting(logger, milliseconds);
        await Task.Delay(milliseconds, cancellationToken);
        return milliseconds.ToString(CultureInfo.InvariantCulture);
    }
}
