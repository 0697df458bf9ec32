using System.Security.Cryptography;

namespace McpFunctions.Domain.Files;

/// <summary>Passes a stream on while it counts and hashes it, so that content is read once however large it is.</summary>
/// <param name="source">The stream; it is not closed.</param>
/// <param name="maxBytes">The allowed number of bytes; reading more throws <see cref="ContentTooLargeException"/>.</param>
internal sealed class MeasuringStream(Stream source, long maxBytes) : Stream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The bytes read so far.</summary>
    public long Count { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The SHA-256 of the bytes read, in lower-case hex. Once.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        return Measure(buffer.Span, read);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(Span<byte> buffer) => Measure(buffer, source.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private int Measure(ReadOnlySpan<byte> buffer, int read)
    {
        Count += read;
        if (Count > maxBytes)
        {
            // Not an early end of the stream: that would store a file that nobody has sent.
            throw new ContentTooLargeException();
        }

        hash.AppendData(buffer[..read]);
        return read;
    }
}
