using System.Globalization;
using System.Text;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Notifications;

/// <summary>Sends notifications as server-sent events (HTML, section 9.2) until the stream's time is over or its credential has ended.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="reads">Limits the open streams of a user.</param>
/// <param name="watch">Reports when the credential has ended.</param>
/// <param name="lifetime">Reports when the app stops.</param>
/// <param name="principal">The owner of the inbox.</param>
/// <param name="after">The stream begins after this sequence; null to begin with the newest notifications.</param>
/// <param name="limit">The most notifications of one read.</param>
/// <param name="duration">The time that the stream stays open.</param>
internal sealed class NotificationStream(
    IInbox inbox, OpenReads reads, CredentialWatch watch, IHostApplicationLifetime lifetime, Principal principal, long? after, int limit, TimeSpan duration) : IResult
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    // Proxies cut idle connections.
    private static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(15);

    // Spreads the reconnects of all clients when a server stops.
    private const int MinRetryMilliseconds = 500;
    private const int MaxRetryMilliseconds = 2_500;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        HttpResponse response = httpContext.Response;
        response.ContentType = MediaType;
        // Tells nginx and other buffering proxies to pass each event on at once.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        using IDisposable open = reads.Open(principal.UserId);
        using CredentialWatch.Watch credential = watch.Register(principal);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, credential.Ended, lifetime.ApplicationStopping);
        ended.CancelAfter(duration);
        // Read before the first byte, so that a failure still becomes a problem response.
        IReadOnlyList<Notification> found = await inbox.ReadAsync(principal.UserId, after, limit, TimeSpan.Zero, httpContext.RequestAborted);
        try
        {
            await SendAsync(response, Retry(), ended.Token);
            long last = after ?? 0;
            while (true)
            {
                if (found.Count > 0)
                {
                    await SendAsync(response, Events(found), ended.Token);
                    last = found[^1].Sequence;
                }

                found = await inbox.ReadAsync(principal.UserId, last, limit, CommentInterval, ended.Token);
                if (found.Count == 0)
                {
                    await SendAsync(response, ":\n\n", ended.Token);
                }
            }
        }
        catch (Exception exception) when (ended.IsCancellationRequested || exception is DependencyUnavailableException)
        {
            // The time is over, or Redis is down. The client reconnects and continues after its last event.
            await SendAsync(response, Retry(), httpContext.RequestAborted);
        }
    }

    private static string Retry() =>
        string.Create(CultureInfo.InvariantCulture, $"retry: {Random.Shared.Next(MinRetryMilliseconds, MaxRetryMilliseconds)}\n\n");

    private static string Events(IReadOnlyList<Notification> notifications)
    {
        var text = new StringBuilder();
        foreach (Notification notification in notifications)
        {
            string data = JsonSerializer.Serialize(notification, NotificationJsonContext.Api.Notification);
            text.Append(CultureInfo.InvariantCulture, $"id: {notification.Sequence}\nevent: {notification.Name}\ndata: {data}\n\n");
        }

        return text.ToString();
    }

    private static async Task SendAsync(HttpResponse response, string text, CancellationToken cancellationToken)
    {
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
