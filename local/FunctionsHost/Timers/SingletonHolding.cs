using Azure;
using Azure.Identity;
using Azure.Storage.Blobs.Specialized;
using McpFunctions.Local.FunctionsHost.Logging;

namespace McpFunctions.Local.FunctionsHost.Timers;

/// <summary>A singleton lock that this instance holds. Renews the lease, and releases it on disposal.</summary>
internal sealed class SingletonHolding : IAsyncDisposable
{
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromSeconds(1);

    private readonly BlobLeaseClient _lease;
    private readonly string _lockId;
    private readonly TimeSpan _period;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _releasing = new();
    private readonly Task _renewing;

    public SingletonHolding(BlobLeaseClient lease, string lockId, TimeSpan period, TimeProvider time, ILogger logger)
    {
        _lease = lease;
        _lockId = lockId;
        _period = period;
        _time = time;
        _logger = logger;
        _renewing = RenewAsync();
    }

    /// <summary>Cancelled when this instance has lost the lock: another instance may run the timer.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Releases the lock, so that another instance need not wait until it expires.</summary>
    public async ValueTask DisposeAsync()
    {
        await _releasing.CancelAsync();
        await _renewing;
        if (!_lost.IsCancellationRequested)
            await ReleaseAsync();
        _releasing.Dispose();
        _lost.Dispose();
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await _lease.ReleaseAsync();
            _logger.LockReleased(_lockId);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException)
        {
            LogLost(e); // the lease expires by itself
        }
    }

    private async Task RenewAsync()
    {
        var usual = _period / 2; // as in the real host; shorter after each failure
        var (renewed, delay) = (_time.GetTimestamp(), usual);
        while (true)
        {
            await Task.Delay(delay, _time, _releasing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_releasing.IsCancellationRequested)
                return;

            try
            {
                var started = _time.GetTimestamp();
                await _lease.RenewAsync(cancellationToken: _releasing.Token);
                (renewed, delay) = (started, usual);
            }
            catch (OperationCanceledException) when (_releasing.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException or OperationCanceledException)
            {
                delay = delay / 2 > ShortestDelay ? delay / 2 : ShortestDelay;
                if (!IsTaken(e) && _time.GetElapsedTime(renewed) + delay < _period)
                    continue;

                LogLost(e);
                await _lost.CancelAsync();
                return;
            }
        }
    }

    // 404: the blob is deleted. 409 and 412: another instance has the lease.
    private static bool IsTaken(Exception e) => e is RequestFailedException { Status: 404 or 409 or 412 };

    private void LogLost(Exception e)
    {
        var reason = e.Message.Split('\n')[0].TrimEnd();
        _logger.LockLost(_lockId, reason);
    }
}
