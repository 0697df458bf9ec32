namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Limits how many requests run functions at once, and how many more may wait for their turn, as <c>host.json</c> says.</summary>
internal sealed class RequestThrottle(int maxConcurrent, int maxOutstanding) : IDisposable
{
    /// <summary>The value that means no limit.</summary>
    public const int Unlimited = -1;

    private readonly SemaphoreSlim? _turns = maxConcurrent == Unlimited ? null : new SemaphoreSlim(maxConcurrent);
    private int _outstanding;

    /// <summary>Handles a request when its turn comes, or answers 429 when too many run or wait already.</summary>
    public async Task RunAsync(HttpContext context, Func<Task> handle)
    {
        var outstanding = Interlocked.Increment(ref _outstanding);
        try
        {
            if (maxOutstanding != Unlimited && outstanding > maxOutstanding)
            {
                context.Response.StatusCode = StatusCodes.Status429TooManyRequests;
                return;
            }

            await RunInTurnAsync(handle, context.RequestAborted);
        }
        finally
        {
            Interlocked.Decrement(ref _outstanding);
        }
    }

    public void Dispose() => _turns?.Dispose();

    private async Task RunInTurnAsync(Func<Task> handle, CancellationToken gone)
    {
        if (_turns is null)
        {
            await handle();
            return;
        }

        await _turns.WaitAsync(gone);
        try
        {
            await handle();
        }
        finally
        {
            _turns.Release();
        }
    }
}
