using System.Net;

namespace McpFunctions.EndToEnd.Tests.Files;

/// <summary>A body of unknown length, so that it is sent in chunks.</summary>
/// <param name="part">The bytes that it repeats.</param>
/// <param name="times">How often.</param>
public sealed class ChunkedContent(byte[] part, int times = 1) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var time = 0; time < times; time++)
        {
            await stream.WriteAsync(part);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
