using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.SampleApp;

/// <summary>Functions that fail, hang or end their process.</summary>
internal static class FailureFunctions
{
    [Function("Throw")]
    public static IResult Throw([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw")] HttpRequest request) =>
        throw new InvalidOperationException("The function threw.");

    [Function("ThrowLater")]
    public static async Task<IResult> ThrowLater(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw-later")] HttpRequest request)
    {
        await Task.Yield();
        throw new FormatException("The function threw later.");
    }

    /// <summary>Fails after the client has the first part of the response.</summary>
    [Function("ThrowMidway")]
    public static async Task ThrowMidway(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/throw-midway")] HttpRequest request)
    {
        await StartAsync(request);
        throw new InvalidOperationException("The function threw midway.");
    }

    /// <summary>Hangs until it is canceled.</summary>
    [Function("Hang")]
    public static async Task Hang(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/hang")] HttpRequest request,
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

    /// <summary>Hangs and ignores its cancellation.</summary>
    [Function("HangForever")]
    public static async Task HangForever(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/hang-forever")] HttpRequest request,
        FunctionContext context)
    {
        var logger = context.GetLogger("Sample.Hang");
        Log.Hanging(logger);
        await Task.Delay(Timeout.Infinite, CancellationToken.None);
    }

    /// <summary>Streams until the client is gone.</summary>
    [Function("Stream")]
    public static async Task Stream(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/stream")] HttpRequest request, FunctionContext context)
    {
        var logger = context.GetLogger("Sample.Stream");
        await StartAsync(request);
        Log.Hanging(logger);
        try
        {
            await Task.Delay(Timeout.Infinite, request.HttpContext.RequestAborted);
        }
        finally
        {
            Log.Canceled(logger);
        }
    }

    /// <summary>Ends the worker process.</summary>
    [Function("Die")]
    public static void Die([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/die")] HttpRequest request) =>
        Environment.FailFast("The function killed its process.");

    /// <summary>Ends the worker process after the client has the first part of the response.</summary>
    [Function("DieMidway")]
    public static async Task DieMidway(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "failures/die-midway")] HttpRequest request)
    {
        await StartAsync(request);
        Environment.FailFast("The function killed its process.");
    }

    private static async Task StartAsync(HttpRequest request)
    {
        await request.HttpContext.Response.WriteAsync("the first part");
        await request.HttpContext.Response.Body.FlushAsync();
    }
}
