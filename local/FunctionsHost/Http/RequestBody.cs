using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Reads the body of a request, up to the real host's limit.</summary>
internal static class RequestBody
{
    /// <summary>The largest body that a function gets: 100 MB.</summary>
    public const long MaxLength = 104_857_600;

    private static readonly TimeSpan TimeToSeeTheRefusal = TimeSpan.FromMinutes(1);

    /// <summary>The body; null, when it is over the limit.</summary>
    /// <exception cref="IOException">The client went away before the end.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxLength)
            return null;

        if (request.ContentLength is { } length)
        {
            // One array of the exact size, handed on without a copy.
            var body = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        return await DrainAsync(request.Body, MaxLength, cancellationToken) ? ReadOnlyMemory<byte>.Empty : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>
    /// Answers 413, and then takes in what the client is still sending, within reason: else its connection breaks before it sees the answer.
    /// </summary>
    public static async Task RefuseAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var limit = context.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>();
        if (!limit.IsReadOnly)
            limit.MaxRequestBodySize = null;
        response.StatusCode = StatusCodes.Status413PayloadTooLarge;
        await response.CompleteAsync();

        // Who asks first, by Expect, sends nothing after such an answer.
        if (request.Headers.Expect.Count > 0)
            return;
        using var timeIsUp = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        timeIsUp.CancelAfter(TimeToSeeTheRefusal);
        try
        {
            await DrainAsync(request.Body, 2 * MaxLength, timeIsUp.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client is gone, or too slow.
        }
    }

    /// <summary>Whether the body's length is unknown: functions see nothing of such a body (azure-functions-host issue 7930).</summary>
    public static bool IsChunked(HttpRequest request) =>
        request.ContentLength is null && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    private static async Task<bool> DrainAsync(Stream body, long limit, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var total = 0L;
            while (await body.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                total += read;
                if (total > limit)
                    return false;
            }

            return true;
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
