using McpFunctions.Domain;

namespace McpFunctions.Functions.Http;

/// <summary>
/// The body of a request as it arrives, up to a limit. A broken body is the client's fault and becomes a problem. It must not
/// look like an outage of the storage that receives it.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="maxBytes">The most bytes that are read.</param>
internal sealed class RequestBodyStream(Stream body, long maxBytes) : ReadOnceStream
{
    private long count;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read;
        try
        {
            read = await body.ReadAsync(buffer, cancellationToken);
        }
        catch (IOException)
        {
            // Includes BadHttpRequestException: too few bytes, broken chunks, too slow, or the connection is lost.
            throw new ProblemException(Problem.Invalid("body", "The body ends too early or cannot be read. Send the complete body."));
        }

        count += read;
        return count <= maxBytes ? read : throw new ProblemException(Problem.TooLarge(maxBytes));
    }
}
