using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Delivery;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Notifications;

/// <summary>The route <c>notifications</c>.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="rebuild">Fills an inbox that is not whole.</param>
public sealed class NotificationFunctions(IInbox inbox, UserRebuild rebuild)
{
    private const string EventStream = "text/event-stream";
    private const int MaxWaitSeconds = 30;

    // Sequences are JSON numbers, which JavaScript keeps exact up to 2^53 - 1.
    private const long MaxSequence = (1L << 53) - 1;

    /// <summary>Reads one's own inbox, and waits for news where there are none yet.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>200 with JSON, or with server-sent events where the request accepts them; or a problem.</returns>
    [Function("GetNotifications"), Access(Scope = Scopes.NotificationsRead)]
    [Operation(HttpStatusCode.OK, typeof(NotificationList), Parameters = ["after", "wait", "limit", "Last-Event-ID"])]
    [AlsoAnswers(HttpStatusCode.OK, MediaType = EventStream)]
    public async Task<HttpResponseData> Read(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "notifications")] HttpRequestData request, CancellationToken cancellationToken)
    {
        bool asEvents = request.Header(HeaderNames.Accept)?.Contains(EventStream, StringComparison.OrdinalIgnoreCase) == true;
        long after = (asEvents ? LastEventId(request) : null) ?? request.QueryNumber("after", 0, MaxSequence) ?? 0;
        TimeSpan wait = TimeSpan.FromSeconds(request.QueryNumber("wait", 0, MaxWaitSeconds) ?? (asEvents ? MaxWaitSeconds : 0));
        int limit = (int)(request.QueryNumber("limit", 1, PageRequest.MaxLimit) ?? PageRequest.DefaultLimit);
        await rebuild.EnsureInboxAsync(request.Principal().UserId, cancellationToken);
        IReadOnlyList<Notification> found = await inbox.ReadAsync(request.Principal().UserId, after, limit, wait, cancellationToken);
        return asEvents
            ? await EventsAsync(request, found)
            : await request.JsonAsync(
                HttpStatusCode.OK, new NotificationList(found, found.Count > 0 ? found[^1].Sequence : after), HttpJsonContext.Api.NotificationList);
    }

    // What a browser's EventSource sends when it connects again (HTML, section 9.2.3).
    private static long? LastEventId(HttpRequestData request) =>
        long.TryParse(request.Header("Last-Event-ID"), NumberStyles.None, CultureInfo.InvariantCulture, out long id) && id <= MaxSequence ? id : null;

    // The worker's answers are whole: the stream ends after what there is, and the client connects again at once.
    private static async Task<HttpResponseData> EventsAsync(HttpRequestData request, IReadOnlyList<Notification> notifications)
    {
        var text = new StringBuilder("retry: 250\n\n");
        foreach (Notification notification in notifications)
        {
            string data = JsonSerializer.Serialize(notification, HttpJsonContext.Api.Notification);
            text.Append(CultureInfo.InvariantCulture, $"id: {notification.Sequence}\nevent: {notification.Name}\ndata: {data}\n\n");
        }

        HttpResponseData response = request.CreateResponse(HttpStatusCode.OK);
        response.Headers.Add(HeaderNames.ContentType, EventStream);
        await response.WriteStringAsync(text.ToString());
        return response;
    }
}
