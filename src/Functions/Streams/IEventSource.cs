namespace McpFunctions.Functions.Streams;

/// <summary>Gives an open stream its server-sent events, as text. An empty text: there are none.</summary>
internal interface IEventSource : IDisposable
{
    /// <summary>The stream.</summary>
    LiveStream Stream { get; }

    /// <summary>Reads the events that are there already.</summary>
    Task<string> FirstAsync(CancellationToken cancellationToken);

    /// <summary>Waits for events, at most <see cref="LiveStreams.CommentInterval"/>.</summary>
    /// <exception cref="OperationCanceledException">The stream must end.</exception>
    Task<string> NextAsync();
}
