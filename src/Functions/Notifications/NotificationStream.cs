using System.Globalization;
using System.Text;
using System.Text.Json;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Notifications;

/// <summary>Sends an inbox as server-sent events (HTML, section 9.2) as they come, until its time is over or its credential has ended.</summary>
/// <param name="inbox">The inboxes.</param>
/// <param name="watch">Tells when the credential has ended.</param>
/// <param name="lifetime">Tells when the app stops.</param>
/// <param name="principal">Whose inbox.</param>
/// <param name="after">Only what has a greater sequence; null for the newest and whatever comes.</param>
/// <param name="limit">The most notifications that are read at once.</param>
/// <param name="duration">How long the stream stays open.</param>
internal sealed class NotificationStream(
    IInbox inbox, CredentialWatch watch, IHostApplicationLifetime lifetime, Principal principal, long? after, int limit, TimeSpan duration) : IResult
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    // Front ends cut connections on which nothing comes.
    private static readonly TimeSpan CommentInterval = TimeSpan.FromSeconds(15);

    // So that the clients of a server that stops do not all come back in one moment.
    private const int MinRetryMilliseconds = 500;
    private const int MaxRetryMilliseconds = 2_500;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ArgumentNullException.ThrowIfNull(httpContext);
        HttpResponse response = httpContext.Response;
        response.ContentType = MediaType;
        // What nginx and others that buffer need to pass each event on at once.
        response.Headers["X-Accel-Buffering"] = "no";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        using CredentialWatch.Watch credential = watch.Register(principal);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(httpContext.RequestAborted, credential.Ended, lifetime.ApplicationStopping);
        ended.CancelAfter(duration);
        // Before the first byte: where this fails, the client gets a problem.
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
            // Its time is over, or Redis is away: the client goes on after the last event that it has seen.
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
            string data = JsonSerializer.Serialize(notification, HttpJsonContext.Api.Notification);
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
