using System.Security.Cryptography;

namespace McpFunctions.Domain.Files;

/// <summary>Passes a stream on while it counts and hashes it, so that content is read once however large it is.</summary>
/// <param name="source">The stream; it is not closed.</param>
/// <param name="maxBytes">The allowed number of bytes; reading more throws <see cref="ContentTooLargeException"/>.</param>
internal sealed class MeasuringStream(Stream source, long maxBytes) : ReadOnceStream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The bytes read so far.</summary>
    public long Count { get; private set; }

    /// <summary>The SHA-256 of the bytes read, in lower-case hex. Once.</summary>
    public string Sha256() => Convert.ToHexStringLower(hash.GetHashAndReset());

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await source.ReadAsync(buffer, cancellationToken);
        return Measure(buffer.Span, read);
    }

    public override int Read(Span<byte> buffer) => Measure(buffer, source.Read(buffer));

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

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
