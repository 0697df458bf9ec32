namespace McpFunctions.Functions.Streams;

/// <summary>An open stream.</summary>
/// <param name="ended">Cancelled when the stream must end.</param>
/// <param name="held">Disposed of with the stream.</param>
internal sealed class LiveStream(CancellationTokenSource ended, IDisposable[] held) : IDisposable
{
    /// <summary>Cancelled when the stream must end.</summary>
    public CancellationToken Ended => ended.Token;

    /// <summary>Whether the stream must end.</summary>
    public bool HasEnded => ended.IsCancellationRequested;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable each in held)
        {
            each.Dispose();
        }
    }
}
