using Azure;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Files;

/// <summary>
/// The bytes of a blob that never changes, fetched while they are read. It can seek, for ranges. It fetches a little first and then
/// more and more, so that a short range costs little and a large file few calls.
/// </summary>
/// <param name="blob">The blob.</param>
/// <param name="length">The length in bytes.</param>
internal sealed class BlobContentStream(BlobClient blob, long length) : Stream
{
    private const long FirstBytes = 256 * 1024;
    private const long MaxBytes = 16 * 1024 * 1024;

    private Stream? part;
    private long position;
    private long partEnd;
    private long nextBytes = FirstBytes;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long target = offset + origin switch { SeekOrigin.Begin => 0, SeekOrigin.Current => position, _ => length };
        ArgumentOutOfRangeException.ThrowIfNegative(target, nameof(offset));
        if (target != position)
        {
            part?.Dispose();
            part = null;
            position = target;
            nextBytes = FirstBytes;
        }

        return position;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (position >= length || buffer.IsEmpty)
        {
            return 0;
        }

        if (part is null || position == partEnd)
        {
            await OpenPartAsync(cancellationToken);
        }

        int read = await StorageCall.RunAsync(() => part!.ReadAsync(buffer, cancellationToken).AsTask(), cancellationToken);
        if (read == 0)
        {
            // Storage returned fewer bytes than the response promised.
            throw new DependencyUnavailableException(StorageCall.Dependency, new EndOfStreamException());
        }

        position += read;
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("This stream supports only asynchronous reads.");

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            part?.Dispose();
        }

        base.Dispose(disposing);
    }

    private async Task OpenPartAsync(CancellationToken cancellationToken)
    {
        part?.Dispose();
        part = null;
        long bytes = Math.Min(nextBytes, length - position);
        var options = new BlobDownloadOptions { Range = new HttpRange(position, bytes) };
        try
        {
            Response<BlobDownloadStreamingResult> found = await StorageCall.RunAsync(() => blob.DownloadStreamingAsync(options, cancellationToken), cancellationToken);
            part = found.Value.Content;
        }
        catch (RequestFailedException exception) when (exception.Status == 404)
        {
            throw new FileNotFoundException("The content is deleted: no file refers to it any more.", exception);
        }

        partEnd = position + bytes;
        nextBytes = Math.Min(nextBytes * 4, MaxBytes);
    }
}
