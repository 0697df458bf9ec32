using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>
/// A response that cuts its client off where a write waits for too long. Kestrel's minimum rate is an average: a client that took much at
/// once could then stand still for hours.
/// </summary>
internal sealed class SupervisedResponse : AsyncWriteStream
{
    private const int PieceSize = 64 * 1024;

    private readonly Stream body;
    private readonly TimeSpan timeout;
    private readonly ITimer timer;

    /// <summary>Supervises the writes of a response.</summary>
    /// <param name="http">The request.</param>
    /// <param name="timeout">How long a write may wait.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cutOff">Cuts the client off.</param>
    public SupervisedResponse(HttpContext http, TimeSpan timeout, TimeProvider time, Action cutOff)
    {
        body = http.Response.Body;
        this.timeout = timeout;
        timer = time.CreateTimer(_ => cutOff(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Write in small pieces, so that a slow client that takes a part of a large write counts as reading.
        while (!buffer.IsEmpty)
        {
            ReadOnlyMemory<byte> piece = buffer[..Math.Min(buffer.Length, PieceSize)];
            timer.Change(timeout, Timeout.InfiniteTimeSpan);
            await body.WriteAsync(piece, cancellationToken);
            buffer = buffer[piece.Length..];
        }

        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        timer.Change(timeout, Timeout.InfiniteTimeSpan);
        await body.FlushAsync(cancellationToken);
        timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            timer.Dispose();
        }

        base.Dispose(disposing);
    }
}
