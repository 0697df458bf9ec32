using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Mcp;

/// <summary>
/// Writes server-sent events to a response, and a comment where nothing came for 15 s, since proxies cut idle connections. Each event
/// arrives in one write.
/// </summary>
internal sealed class KeepAliveStream : AsyncWriteStream
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private readonly Stream body;
    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource ended = new();
    private readonly TimeProvider time;
    private Task? idling;
    private bool isIdle;

    /// <summary>Starts the keep-alive at the first write.</summary>
    /// <param name="body">The response.</param>
    /// <param name="time">The clock.</param>
    public KeepAliveStream(Stream body, TimeProvider time) => (this.body, this.time) = (body, time);

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            isIdle = false;
            await body.WriteAsync(buffer, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            await body.FlushAsync(cancellationToken);
            // Before the first flush the status may still change.
            idling ??= KeepAliveAsync(ended.Token);
        }
        finally
        {
            turn.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        if (idling is not null)
        {
            await idling;
        }

        ended.Dispose();
        turn.Dispose();
        await base.DisposeAsync();
    }

    private async Task KeepAliveAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                await turn.WaitAsync(cancellationToken);
                try
                {
                    if (isIdle)
                    {
                        await body.WriteAsync(":\n\n"u8.ToArray(), cancellationToken);
                        await body.FlushAsync(cancellationToken);
                    }

                    isIdle = true;
                }
                finally
                {
                    turn.Release();
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The response has ended, or its client has gone.
        }
    }
}
