using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Streams;

namespace McpFunctions.Functions.Notifications;

/// <summary>Reads inboxes for live streams.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="rebuild">Rebuilds an inbox that lost entries.</param>
/// <param name="streams">Opens live streams.</param>
public sealed class NotificationStreams(IInbox inbox, InboxRebuild rebuild, LiveStreams streams)
{
    /// <summary>A stream of server-sent events.</summary>
    /// <param name="principal">The owner of the inbox.</param>
    /// <param name="after">The stream begins after this sequence; null to begin with the newest notifications.</param>
    /// <param name="limit">The most notifications of one read; null for the usual.</param>
    /// <param name="format">Writes a notification as events.</param>
    internal ServerSentEvents Open(Principal principal, long? after, int? limit, Func<Notification, string> format) =>
        new(token => new Source(Open(principal, after, limit ?? PageRequest.DefaultLimit, token), format));

    /// <summary>Makes sure that an inbox is complete, and finds the sequence of its newest notification; zero where it is empty.</summary>
    internal async Task<long> NewestAsync(Principal principal, CancellationToken cancellationToken)
    {
        await rebuild.EnsureAsync(principal.UserId, cancellationToken);
        return (await inbox.ReadAsync(principal.UserId, null, 1, TimeSpan.Zero, cancellationToken)) is [.., var newest] ? newest.Sequence : 0;
    }

    /// <summary>Begins to read what is new from now on.</summary>
    internal async Task<Reading> OpenAsync(Principal principal, CancellationToken cancellationToken) =>
        Open(principal, await NewestAsync(principal, cancellationToken), PageRequest.DefaultLimit, cancellationToken);

    /// <summary>A notification as an event of <c>GET notifications/stream</c>.</summary>
    internal static string EventOf(Notification notification)
    {
        string data = JsonSerializer.Serialize(notification, NotificationJsonContext.Api.Notification);
        return string.Create(CultureInfo.InvariantCulture, $"id: {notification.Sequence}\nevent: {notification.Name}\ndata: {data}\n\n");
    }

    private Reading Open(Principal principal, long? after, int limit, CancellationToken cancellationToken) =>
        new(inbox, principal.UserId, after, limit, streams.Open(principal, cancellationToken));

    /// <summary>An open stream's view of an inbox.</summary>
    internal sealed class Reading(IInbox inbox, string userId, long? after, int limit, LiveStream stream) : IDisposable
    {
        private long? after = after;

        /// <summary>The stream.</summary>
        public LiveStream Stream => stream;

        /// <summary>Reads what is there already.</summary>
        public async Task<IReadOnlyList<Notification>> FirstAsync(CancellationToken cancellationToken) =>
            Passed(await inbox.ReadAsync(userId, after, limit, TimeSpan.Zero, cancellationToken));

        /// <summary>Waits for what is new; nothing where nothing came for so long that a client wants a sign of life.</summary>
        public async Task<IReadOnlyList<Notification>> NextAsync() =>
            Passed(await inbox.ReadAsync(userId, after ?? 0, limit, LiveStreams.CommentInterval, stream.Ended));

        /// <inheritdoc/>
        public void Dispose() => stream.Dispose();

        private IReadOnlyList<Notification> Passed(IReadOnlyList<Notification> found)
        {
            after = found.Count > 0 ? found[^1].Sequence : after ?? 0;
            return found;
        }
    }

    private sealed class Source(Reading reading, Func<Notification, string> format) : IEventSource
    {
        public LiveStream Stream => reading.Stream;

        public async Task<string> FirstAsync(CancellationToken cancellationToken) => TextOf(await reading.FirstAsync(cancellationToken));

        public async Task<string> NextAsync() => TextOf(await reading.NextAsync());

        public void Dispose() => reading.Dispose();

        private string TextOf(IReadOnlyList<Notification> found) => string.Concat(found.Select(format));
    }
}
