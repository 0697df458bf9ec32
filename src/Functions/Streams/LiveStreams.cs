using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Streams;

/// <summary>Opens live streams, which end when their time is over, their credential has ended or the app stops.</summary>
/// <param name="reads">Limits the open streams of a user.</param>
/// <param name="watch">Reports when a credential has ended.</param>
/// <param name="lifetime">Reports when the app stops.</param>
/// <param name="options">Limits how long streams stay open.</param>
public sealed class LiveStreams(OpenReads reads, CredentialWatch watch, IHostApplicationLifetime lifetime, IOptions<StreamOptions> options)
{
    /// <summary>The time after which a stream without news sends a comment, since proxies cut idle connections.</summary>
    internal static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(15);

    /// <summary>Opens a stream.</summary>
    /// <param name="principal">Whose stream it is.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <returns>The stream; dispose of it when done.</returns>
    /// <exception cref="ProblemException">The user has too many open streams (429).</exception>
    internal LiveStream Open(Principal principal, CancellationToken cancellationToken)
    {
        IDisposable open = reads.Open(principal.UserId);
        CredentialWatch.Watch credential = watch.Register(principal);
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, credential.Ended, lifetime.ApplicationStopping);
        ended.CancelAfter(options.Value.StreamDuration);
        return new LiveStream(ended, [open, credential, ended]);
    }
}
