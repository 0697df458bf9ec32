using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.SampleApp;

/// <summary>Functions that do not end well.</summary>
internal static class FailureFunctions
{
    [Function("Throw")]
    public static string Throw([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw")] HttpRequestData request) =>
        throw new InvalidOperationException("The function threw.");

    [Function("ThrowLater")]
    public static async Task<HttpResponseData> ThrowLater(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw-later")] HttpRequestData request)
    {
        await Task.Yield();
        throw new FormatException("The function threw later.");
    }

    [Function("ThrowCanceled")]
    public static void ThrowCanceled(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw-canceled")] HttpRequestData request) =>
        throw new InvalidOperationException("Gave up.", new OperationCanceledException());

    /// <summary>Hangs until it is canceled.</summary>
    [Function("Hang")]
    public static async Task Hang(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/hang")] HttpRequestData request,
        FunctionContext context,
        CancellationToken cancellationToken)
    {
        var logger = context.GetLogger("Sample.Hang");
        Log.Hanging(logger);
        try
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
        finally
        {
            Log.Canceled(logger);
        }
    }

    /// <summary>Hangs and does not care about being canceled.</summary>
    [Function("HangForever")]
    public static async Task HangForever(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/hang-forever")] HttpRequestData request,
        FunctionContext context)
    {
        var logger = context.GetLogger("Sample.Hang");
        Log.Hanging(logger);
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    /// <summary>Takes the worker process with it.</summary>
    [Function("Die")]
    public static void Die([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/die")] HttpRequestData request) =>
        Environment.FailFast("The function killed its process.");
}
