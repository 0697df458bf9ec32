using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Notifications;

/// <summary>Reads inboxes for live streams, which end when their time is over, their credential has ended or the app stops.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="rebuild">Rebuilds an inbox that lost entries.</param>
/// <param name="reads">Limits the open streams of a user.</param>
/// <param name="watch">Reports when a credential has ended.</param>
/// <param name="lifetime">Reports when the app stops.</param>
/// <param name="options">Limits how long streams stay open.</param>
public sealed class NotificationStreams(
    IInbox inbox, InboxRebuild rebuild, OpenReads reads, CredentialWatch watch, IHostApplicationLifetime lifetime, IOptions<NotificationOptions> options)
{
    // Proxies cut idle connections.
    private static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(15);

    /// <summary>A stream of server-sent events.</summary>
    /// <param name="principal">The owner of the inbox.</param>
    /// <param name="after">The stream begins after this sequence; null to begin with the newest notifications.</param>
    /// <param name="limit">The most notifications of one read; null for the usual.</param>
    /// <param name="format">Writes a notification as events.</param>
    internal NotificationStream Open(Principal principal, long? after, int? limit, Func<Notification, string> format) =>
        new(this, principal, after, limit ?? PageRequest.DefaultLimit, format);

    /// <summary>Makes sure that an inbox is complete, and finds the sequence of its newest notification; zero where it is empty.</summary>
    internal async Task<long> NewestAsync(Principal principal, CancellationToken cancellationToken)
    {
        await rebuild.EnsureAsync(principal.UserId, cancellationToken);
        return (await inbox.ReadAsync(principal.UserId, null, 1, TimeSpan.Zero, cancellationToken)) is [.., var newest] ? newest.Sequence : 0;
    }

    /// <summary>Begins to read what is new from now on.</summary>
    internal async Task<Reading> OpenAsync(Principal principal, CancellationToken cancellationToken) =>
        Open(principal, await NewestAsync(principal, cancellationToken), PageRequest.DefaultLimit, cancellationToken);

    /// <summary>Begins to read.</summary>
    /// <exception cref="Http.ProblemException">The user has too many open streams (429).</exception>
    internal Reading Open(Principal principal, long? after, int limit, CancellationToken cancellationToken)
    {
        IDisposable open = reads.Open(principal.UserId);
        CredentialWatch.Watch credential = watch.Register(principal);
        var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, credential.Ended, lifetime.ApplicationStopping);
        ended.CancelAfter(options.Value.StreamDuration);
        return new Reading(inbox, principal.UserId, after, limit, ended, [open, credential, ended]);
    }

    /// <summary>A notification as an event of <c>GET notifications/stream</c>.</summary>
    internal static string EventOf(Notification notification)
    {
        string data = JsonSerializer.Serialize(notification, NotificationJsonContext.Api.Notification);
        return string.Create(CultureInfo.InvariantCulture, $"id: {notification.Sequence}\nevent: {notification.Name}\ndata: {data}\n\n");
    }

    /// <summary>An open stream's view of an inbox.</summary>
    internal sealed class Reading(IInbox inbox, string userId, long? after, int limit, CancellationTokenSource ended, IDisposable[] held) : IDisposable
    {
        private long? after = after;

        /// <summary>Cancelled when the stream is to end.</summary>
        public CancellationToken Ended => ended.Token;

        /// <summary>Whether the stream is to end.</summary>
        public bool HasEnded => ended.IsCancellationRequested;

        /// <summary>Reads what is there already.</summary>
        public async Task<IReadOnlyList<Notification>> FirstAsync(CancellationToken cancellationToken) =>
            Passed(await inbox.ReadAsync(userId, after, limit, TimeSpan.Zero, cancellationToken));

        /// <summary>Waits for what is new; nothing where nothing came for so long that a client wants a sign of life.</summary>
        public async Task<IReadOnlyList<Notification>> NextAsync() =>
            Passed(await inbox.ReadAsync(userId, after ?? 0, limit, CommentInterval, ended.Token));

        /// <inheritdoc/>
        public void Dispose()
        {
            foreach (IDisposable each in held)
            {
                each.Dispose();
            }
        }

        private IReadOnlyList<Notification> Passed(IReadOnlyList<Notification> found)
        {
            after = found.Count > 0 ? found[^1].Sequence : after ?? 0;
            return found;
        }
    }
}
