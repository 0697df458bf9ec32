namespace McpFunctions.Functions.Http;

/// <summary>
/// The body of a request as it arrives, up to a limit. A broken body is the client's fault and becomes a problem. It must not
/// look like an outage of the storage that receives it.
/// </summary>
/// <param name="body">The body.</param>
/// <param name="maxBytes">The most bytes that are read.</param>
internal sealed class RequestBodyStream(Stream body, long maxBytes) : Stream
{
    private long count;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

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

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("This stream supports only asynchronous reads.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
