namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Limits the number of requests that run functions at once, and of requests that wait, by <c>host.json</c>.</summary>
internal sealed class RequestThrottle(int maxConcurrent, int maxOutstanding) : IDisposable
{
    /// <summary>The value that means no limit.</summary>
    public const int Unlimited = -1;

    private readonly SemaphoreSlim? _turns = maxConcurrent == Unlimited ? null : new SemaphoreSlim(maxConcurrent);
    private int _outstanding;

    /// <summary>Handles a request when its turn comes. Responds with 429 if too many requests already run or wait.</summary>
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
