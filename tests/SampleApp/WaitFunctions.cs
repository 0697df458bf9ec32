using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

internal sealed class WaitFunctions(ILogger<WaitFunctions> logger)
{
    /// <summary>Waits, so that many requests can run at once.</summary>
    [Function("Wait")]
    public async Task<IResult> Wait(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "wait/{milliseconds:int}")] HttpRequest request,
        int milliseconds,
        CancellationToken cancellationToken)
    {
        Log.Waiting(logger, milliseconds);
        await Task.Delay(milliseconds, cancellationToken);
        return Results.Text(milliseconds.ToString(CultureInfo.InvariantCulture));
    }
}
