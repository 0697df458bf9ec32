using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Notifications;

/// <summary>Sends notifications as server-sent events (HTML, section 9.2) until the stream's time is over or its credential has ended.</summary>
/// <param name="streams">Reads inboxes for live streams.</param>
/// <param name="principal">The owner of the inbox.</param>
/// <param name="after">The stream begins after this sequence; null to begin with the newest notifications.</param>
/// <param name="limit">The most notifications of one read.</param>
/// <param name="format">Writes a notification as events.</param>
internal sealed class NotificationStream(NotificationStreams streams, Principal principal, long? after, int limit, Func<Notification, string> format) : IResult
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

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

        using NotificationStreams.Reading reading = streams.Open(principal, after, limit, httpContext.RequestAborted);
        // Read before the first byte, so that a failure still becomes a problem response.
        IReadOnlyList<Notification> found = await reading.FirstAsync(httpContext.RequestAborted);
        try
        {
            await SendAsync(response, Retry(), reading.Ended);
            if (found.Count == 0)
            {
                found = await reading.NextAsync();
            }

            while (true)
            {
                await SendAsync(response, found.Count > 0 ? string.Concat(found.Select(format)) : ":\n\n", reading.Ended);
                found = await reading.NextAsync();
            }
        }
        catch (Exception exception) when (reading.HasEnded || exception is DependencyUnavailableException)
        {
            // The time is over, or Redis is down. The client reconnects and continues after its last event.
            await SendAsync(response, Retry(), httpContext.RequestAborted);
        }
    }

    private static string Retry() =>
        string.Create(CultureInfo.InvariantCulture, $"retry: {Random.Shared.Next(MinRetryMilliseconds, MaxRetryMilliseconds)}\n\n");

    private static async Task SendAsync(HttpResponse response, string text, CancellationToken cancellationToken)
    {
        await response.WriteAsync(text, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
