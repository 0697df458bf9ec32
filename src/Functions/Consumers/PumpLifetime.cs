namespace McpFunctions.Functions.Consumers;

/// <summary>How far the shutdown of the pumps has come.</summary>
internal sealed class PumpLifetime : IDisposable
{
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Cancelled when the pumps must hand back what they have in work.</summary>
    public CancellationToken Stopping => stopping.Token;

    /// <summary>Whether the pumps must read nothing more.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Stops the reading.</summary>
    public void StopReading() => IsDraining = true;

    /// <summary>Cancels the handlers. Their entries are handed back.</summary>
    public Task CancelHandlersAsync() => stopping.CancelAsync();

    /// <inheritdoc/>
    public void Dispose() => stopping.Dispose();
}
