using System.Buffers;
using Microsoft.AspNetCore.Http.Features;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Reads the body of a request, up to the real host's limit.</summary>
internal static class RequestBody
{
    /// <summary>The largest body that a function gets: 100 MB.</summary>
    public const long MaxLength = 104_857_600;

    /// <summary>The body; null, when it is over the limit.</summary>
    /// <exception cref="IOException">The client went away before the end.</exception>
    public static async Task<ReadOnlyMemory<byte>?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxLength)
        {
            // The server may then take in what the client is still sending: else its connection breaks before it sees the answer.
            request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = null;
            return null;
        }

        if (request.ContentLength is { } length)
        {
            // One array of the exact size, handed on without a copy.
            var body = GC.AllocateUninitializedArray<byte>((int)length);
            await request.Body.ReadExactlyAsync(body, cancellationToken);
            return body;
        }

        return await DrainAsync(request.Body, cancellationToken) ? ReadOnlyMemory<byte>.Empty : (ReadOnlyMemory<byte>?)null;
    }

    /// <summary>Whether the body's length is unknown: functions see nothing of such a body (azure-functions-host issue 7930).</summary>
    public static bool IsChunked(HttpRequest request) =>
        request.ContentLength is null && request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };

    private static async Task<bool> DrainAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var total = 0L;
            while (await body.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                total += read;
                if (total > MaxLength)
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
