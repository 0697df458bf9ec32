using System.Diagnostics.Metrics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;

namespace McpFunctions.Functions.WebPubSub;

/// <summary>
/// Sends new notifications to the clients that are connected to Azure Web PubSub, from a bounded queue. A failure is counted, and disturbs nobody: a
/// client that connects reads its inbox. When a credential of a user ends, it closes all of the user's connections, since the service does not know to
/// which credential each belongs; clients with another credential negotiate again.
/// </summary>
public sealed partial class WebPubSubPush : RestartingService, INotificationPush
{
    /// <summary>The most notifications that wait; an eighth of them for one user.</summary>
    public const int MaxWaiting = 1_000;

    private const int Senders = 8;
    private const int MaxTries = 3;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);

    // All notifications of a user wait in one queue, so they keep their order.
    private readonly Channel<(string UserId, Notification Notification)>[] queues =
        [.. Enumerable.Range(0, Senders).Select(_ => Channel.CreateBounded<(string, Notification)>(MaxWaiting / Senders))];

    private readonly WebPubSubService service;
    private readonly ILogger logger;
    private readonly Counter<long> pushed;
    private bool isFailing;

    /// <summary>Makes the instruments.</summary>
    /// <param name="service">The service.</param>
    /// <param name="meters">Makes meters.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Logs when the service fails and when it works again.</param>
    public WebPubSubPush(WebPubSubService service, IMeterFactory meters, TimeProvider time, ILogger<WebPubSubPush> logger)
        : base(time, logger)
    {
        (this.service, this.logger) = (service, logger);
        pushed = meters.Create(GatewaySource.Name).CreateCounter<long>(
            "mcpfunctions.notifications.pushed", "{notification}", "Notifications for Azure Web PubSub, by result: sent, failed, or dropped because too many waited.");
    }

    /// <inheritdoc/>
    public void Send(string userId, Notification notification)
    {
        if (service.IsUsed && !queues[(uint)userId.GetHashCode(StringComparison.Ordinal) % Senders].Writer.TryWrite((userId, notification)))
        {
            Count("dropped");
        }
    }

    /// <inheritdoc/>
    protected override Task WorkAsync(CancellationToken stoppingToken) => Task.WhenAll(queues.Select(async queue =>
    {
        await foreach ((string userId, Notification notification) in queue.Reader.ReadAllAsync(stoppingToken))
        {
            await SendAsync(userId, notification, stoppingToken);
        }
    }));

    private async Task SendAsync(string userId, Notification notification, CancellationToken cancellationToken)
    {
        try
        {
            await RetryAsync(() => service.SendAsync(userId, MessageOf(notification), cancellationToken), cancellationToken);
            if (notification.Name is "session:expired" or "apikey:revoked")
            {
                await RetryAsync(() => service.CloseAsync(userId, cancellationToken), cancellationToken);
            }

            Count("sent");
            if (Interlocked.Exchange(ref isFailing, false))
            {
                LogWorks();
            }
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Count("failed");
            if (!Interlocked.Exchange(ref isFailing, true))
            {
                LogFails(DependencyUnavailableException.ReasonOf(exception));
            }
        }
    }

    private async Task RetryAsync(Func<Task> send, CancellationToken cancellationToken)
    {
        for (int tries = 1; ; tries++)
        {
            try
            {
                await send();
                return;
            }
            catch (DependencyUnavailableException) when (tries < MaxTries)
            {
                await Task.Delay(tries * RetryDelay, Time, cancellationToken);
            }
        }
    }

    // Without the sequence: the inbox assigns it.
    private static byte[] MessageOf(Notification notification)
    {
        JsonObject message = JsonSerializer.SerializeToNode(notification, WebPubSubJsonContext.Messages.Notification)!.AsObject();
        message.Remove("sequence");
        return Encoding.UTF8.GetBytes(message.ToJsonString());
    }

    private void Count(string result) => pushed.Add(1, new KeyValuePair<string, object?>("mcpfunctions.result", result));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Azure Web PubSub takes no notifications ({Reason}). The inboxes have them; connected clients see none until it works again.")]
    private partial void LogFails(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Azure Web PubSub takes notifications again.")]
    private partial void LogWorks();
}
