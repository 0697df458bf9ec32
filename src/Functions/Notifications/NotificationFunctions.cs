using System.Globalization;
using System.Net;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Streams;
using McpFunctions.Functions.WebPubSub;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Notifications;

/// <summary>Routes with which users receive their notifications.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="rebuild">Rebuilds an inbox that lost entries.</param>
/// <param name="tickets">Issues and takes the tickets for streams.</param>
/// <param name="reads">Limits the open streams and waiting reads of a user.</param>
/// <param name="streams">Opens live streams.</param>
/// <param name="webPubSub">Gives clients a WebSocket, if it is set.</param>
public sealed class NotificationFunctions(
    IInbox inbox, InboxRebuild rebuild, StreamTickets tickets, OpenReads reads, NotificationStreams streams, WebPubSubService webPubSub)
{
    /// <summary>Read your notifications, and wait for new ones if you like.</summary>
    /// <returns>200 with the notifications; or a problem.</returns>
    [Function("GetNotifications"), Access(Scope = Scopes.NotificationsRead)]
    [Operation(HttpStatusCode.OK, typeof(NotificationList), Parameters = ["after", "wait", "limit"])]
    public async Task<IResult> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "notifications")] HttpRequest request, CancellationToken cancellationToken)
    {
        string userId = request.Principal().UserId;
        long? after = After(request);
        var wait = TimeSpan.FromSeconds(request.QueryNumber("wait", 0, HttpRequests.MaxWaitSeconds) ?? 0);
        int limit = request.Limit();
        await rebuild.EnsureAsync(userId, cancellationToken);
        using IDisposable? open = wait > TimeSpan.Zero ? reads.Open(userId) : null;
        IReadOnlyList<Notification> found = await inbox.ReadAsync(userId, after, limit, wait, cancellationToken);
        return HttpResults.Json(
            HttpStatusCode.OK, new NotificationList(found, found.Count > 0 ? found[^1].Sequence : after ?? 0), NotificationJsonContext.Api.NotificationList);
    }

    /// <summary>Receive your notifications live, as server-sent events.</summary>
    /// <returns>200 with a stream that stays open; or a problem.</returns>
    [Function("StreamNotifications"), Access(Scope = Scopes.NotificationsRead, Ticket = true)]
    [Operation(HttpStatusCode.OK, Parameters = ["after", "limit", "Last-Event-ID"])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = ServerSentEvents.MediaType)]
    public async Task<IResult> Stream(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "notifications/stream")] HttpRequest request, CancellationToken cancellationToken)
    {
        long? after = LastEventId(request) ?? After(request);
        int limit = request.Limit();
        await rebuild.EnsureAsync(request.Principal().UserId, cancellationToken);
        return streams.Open(request.Principal(), after, limit, NotificationStreams.EventOf);
    }

    /// <summary>Get a ticket that opens the live stream once, for clients that cannot send headers, such as a browser's EventSource.</summary>
    /// <returns>200 with the ticket; or a problem.</returns>
    [Function("CreateStreamTicket"), Access(Scope = Scopes.NotificationsRead)]
    [Operation(HttpStatusCode.OK, typeof(StreamTicket))]
    public async Task<IResult> CreateTicket(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "notifications/tickets")] HttpRequest request, CancellationToken cancellationToken)
    {
        (string ticket, DateTimeOffset expiresAt) = await tickets.IssueAsync(request.Principal(), cancellationToken);
        string path = request.Path.ToUriComponent().TrimEnd('/');
        string url = $"{path[..path.LastIndexOf('/')]}/stream?{RequestCredentials.TicketParameter}={ticket}";
        return HttpResults.Json(HttpStatusCode.OK, new StreamTicket(ticket, url, expiresAt), NotificationJsonContext.Api.StreamTicket);
    }

    /// <summary>Get the URL at which to receive your notifications live: a WebSocket of Azure Web PubSub if the gateway has one, else the live stream with a ticket.</summary>
    /// <returns>200 with the URL; or a problem.</returns>
    [Function("NegotiateNotifications"), Access(Scope = Scopes.NotificationsRead)]
    [Operation(HttpStatusCode.OK, typeof(NegotiateResponse))]
    public async Task<IResult> Negotiate(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "notifications/negotiate")] HttpRequest request, CancellationToken cancellationToken)
    {
        NegotiateResponse response;
        if (webPubSub.IsUsed)
        {
            (Uri url, DateTimeOffset expiresAt) = await webPubSub.ClientUrlAsync(request.Principal().UserId, cancellationToken);
            response = new NegotiateResponse(url.AbsoluteUri, NegotiateResponse.WebPubSub, expiresAt);
        }
        else
        {
            (string ticket, DateTimeOffset expiresAt) = await tickets.IssueAsync(request.Principal(), cancellationToken);
            string path = request.Path.ToUriComponent().TrimEnd('/');
            string url = $"{ResourceMetadata.Of(request).Base}{path[..path.LastIndexOf('/')]}/stream?{RequestCredentials.TicketParameter}={ticket}";
            response = new NegotiateResponse(url, NegotiateResponse.Stream, expiresAt);
        }

        return HttpResults.Json(HttpStatusCode.OK, response, NotificationJsonContext.Api.NegotiateResponse);
    }

    private static long? After(HttpRequest request) => request.QueryNumber("after", 0, HttpRequests.MaxSequence);

    /// <summary>The sequence after which a stream goes on. A browser's EventSource sends this header when it reconnects (HTML, section 9.2.3).</summary>
    internal static long? LastEventId(HttpRequest request) =>
        long.TryParse(request.Header("Last-Event-ID"), NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id <= HttpRequests.MaxSequence ? id : null;
}
