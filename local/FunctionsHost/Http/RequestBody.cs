using System.Buffers;
using McpFunctions.Local.FunctionsHost.Invocations;
using Microsoft.AspNetCore.Http.Features;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Reads the body of a request for an invocation, and refuses a body above the limit.</summary>
internal static class RequestBody
{
    // The most bytes to read after the 413.
    private const long MaxDrained = 200 * 1024 * 1024;

    private static readonly object Unlimited = new();
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Limits a body of unknown length. With the server's own limit, the rest of the body could not be read.</summary>
    public static void Limit(HttpContext context, long limit)
    {
        if (!IsChunked(context.Request))
            return;
        context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
        context.Items[Unlimited] = context.Request.Body;
        context.Request.Body = new LimitedBody(context.Request.Body, limit);
    }

    /// <summary>Reads the body. Returns nothing if its length is not declared.</summary>
    /// <exception cref="BadHttpRequestException">The body is above the limit.</exception>
    /// <exception cref="IOException">The client disconnected before the end.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength is { } length)
        {
            // One array of the exact size avoids a copy.
            var body = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        await DrainAsync(request.Body, long.MaxValue, cancellationToken);
        return ReadOnlyMemory<byte>.Empty;
    }

    /// <summary>Whether a body above the limit caused this exception.</summary>
    public static bool IsTooLarge(Exception exception) =>
        exception
            is BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }
                or ForwardFailedException { RequestStatus: StatusCodes.Status413PayloadTooLarge };

    /// <summary>
    /// Sends 413, then reads the rest of the body up to a limit. Otherwise the connection would break before the client sees the response.
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

        // A client that sent Expect sends no body after this response.
        if (request.Headers.Expect.Count > 0)
            return;
        using var timeIsUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeIsUp.CancelAfter(DrainTimeout);
        try
        {
            await DrainAsync(context.Items[Unlimited] as Stream ?? request.Body, MaxDrained, timeIsUp.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client disconnected or is too slow.
        }
    }

    /// <summary>Whether the body's length is unknown. An invocation lacks such a body (azure-functions-host issue 7930).</summary>
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
