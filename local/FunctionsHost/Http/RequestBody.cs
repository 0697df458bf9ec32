using System.Buffers;
using McpFunctions.Local.FunctionsHost.Invocations;
using Microsoft.AspNetCore.Http.Features;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Reads the body of a request for an invocation, and refuses a body that is over the server's limit.</summary>
internal static class RequestBody
{
    // The client is told, and then this much is taken in.
    private const long MaxDrained = 200 * 1024 * 1024;

    private static readonly TimeSpan TimeToSeeTheRefusal = TimeSpan.FromMinutes(1);

    /// <summary>The body; empty, when its length is not declared.</summary>
    /// <exception cref="BadHttpRequestException">It is over the limit.</exception>
    /// <exception cref="IOException">The client went away before the end.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is { } length)
        {
            // One array of the exact size, handed on without a copy.
            var body = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        await DrainAsync(request.Body, long.MaxValue, cancellationToken);
        return ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>Whether a body that passed the limit caused this.</summary>
    public static bool IsTooLarge(Exception exception) =>
        exception
            is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }
                or ForwardFailedException { RequestStatus: StatusCodes.Status413PayloadTooLarge };

    /// <summary>
    /// Answers 413, and then takes in what the client is still sending, within reason: else its connection breaks before it sees the answer.
    /// </summary>
    public static async Task RefuseAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var limit = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (!limit.IsReadOnly)
            limit.MaxRequestBodySize = null;
        if (response.HasStarted)
        {
            context.Abort();
            return;
        }

        response.Clear();
        response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        await response.CompleteAsync();

        // Who asks first, by Expect, sends nothing after such an answer.
        if (request.Headers.Expect.Count > 0)
            return;
        using var timeIsUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeIsUp.CancelAfter(TimeToSeeTheRefusal);
        try
        {
            await DrainAsync(request.Body, MaxDrained, timeIsUp.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client is gone, or too slow.
        }
    }

    /// <summary>Whether the body's length is unknown: an invocation carries nothing of such a body (azure-functions-host issue 7930).</summary>
    public static bool IsChunked(HttpRequest request) =>
        request.ContentLength is null && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    private static async Task DrainAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var total = 0L;
            while (total <= limit && await body.ReadAsync(buffer, cancellationToken) is var read and > 0)
                total += read;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
