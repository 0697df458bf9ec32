using System.Globalization;
using McpFunctions.Domain.Delivery;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Streams;

/// <summary>Sends server-sent events (HTML, section 9.2) until the stream's time is over or its credential has ended.</summary>
/// <param name="open">Opens the source of the events. Cancelling the token ends the source.</param>
internal sealed class ServerSentEvents(Func<CancellationToken, IEventSource> open) : IResult
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    // Keeps a stream without events open. TypedResults.ServerSentEvents sends only events, and no comments.
    private const string Comment = ":\n\n";

    // Spreads the reconnects of all clients when a server stops.
    private const int MinRetryMilliseconds = 500;
    private const int MaxRetryMilliseconds = 2_500;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.ContentType = MediaType;
        // Tells nginx and other buffering proxies to pass each event on at once.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        using IEventSource source = open(httpContext.RequestAborted);
        // Read before the first byte, so that a failure still becomes a problem response.
        string events = await source.FirstAsync(httpContext.RequestAborted);
        try
        {
            await SendAsync(response, Retry(), source.Stream.Ended);
            if (events.Length == 0)
            {
                events = await source.NextAsync();
            }

            while (true)
            {
                await SendAsync(response, events.Length > 0 ? events : Comment, source.Stream.Ended);
                events = await source.NextAsync();
            }
        }
        catch (Exception exception) when (source.Stream.HasEnded || exception is DependencyUnavailableException)
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
