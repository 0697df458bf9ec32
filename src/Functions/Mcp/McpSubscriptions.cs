using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Notifications;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>
/// Tells clients which of their resources have changed, when their inbox has news. The gateway keeps no sessions: since version 2026-07-28 a
/// client names its resources when it listens; before, its GET stream tells of all.
/// </summary>
/// <param name="streams">Reads inboxes for live streams.</param>
internal sealed class McpSubscriptions(NotificationStreams streams)
{
    private const string SubscriptionKey = "io.modelcontextprotocol/subscriptionId";
    private const string AcknowledgedMethod = "notifications/subscriptions/acknowledged";

    /// <summary>Checks a subscription of a version with a handshake, whose GET stream tells of it anyway.</summary>
    /// <exception cref="ProblemException">The resource cannot be subscribed to.</exception>
    public static ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> context, CancellationToken cancellationToken)
    {
        McpResources.CheckSubscribable(context.Http().Request.Principal(), ResourceAddress.Parse(context.Params?.Uri));
        return ValueTask.FromResult(new EmptyResult());
    }

    /// <summary>Ends a subscription. A client ignores what it no longer wants to know, or closes its stream.</summary>
    public static ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> context, CancellationToken cancellationToken) =>
        ValueTask.FromResult(new EmptyResult());

    /// <summary>Tells of changes until the stream's time is over, the credential has ended or the client has gone. The client then listens again.</summary>
    public async ValueTask<EmptyResult> ListenAsync(RequestContext<SubscriptionsListenRequestParams> context, CancellationToken cancellationToken)
    {
        Principal principal = context.Http().Request.Principal();
        SubscriptionsListenNotifications asked = context.Params.Notifications;
        HashSet<string> wanted = [.. (asked.ResourceSubscriptions ?? []).Where(uri => IsSubscribable(principal, uri))];
        bool wantsList = asked.ResourcesListChanged == true && McpResources.Allows(principal, ResourceAddress.Files);
        var granted = new SubscriptionsListenNotifications
        {
            ResourceSubscriptions = wanted.Count > 0 ? [.. wanted] : null,
            ResourcesListChanged = wantsList ? true : null,
        };
        using NotificationStreams.Reading reading = await streams.OpenAsync(principal, cancellationToken);
        await SendAsync(context, Acknowledged(granted), cancellationToken);
        try
        {
            while (true)
            {
                IReadOnlyList<Notification> found = await reading.NextAsync();
                foreach (string uri in found.SelectMany(each => McpUpdates.Of(each, principal)).Distinct().Where(wanted.Contains))
                {
                    await SendAsync(context, McpUpdates.Updated(uri), cancellationToken);
                }

                if (wantsList && found.Any(McpUpdates.ChangesList))
                {
                    await SendAsync(context, McpUpdates.ListChanged(), cancellationToken);
                }
            }
        }
        catch (Exception exception) when (reading.Stream.HasEnded || exception is DependencyUnavailableException)
        {
            return new EmptyResult();
        }
    }

    private static JsonRpcNotification Acknowledged(SubscriptionsListenNotifications granted) => new()
    {
        Method = AcknowledgedMethod,
        Params = JsonSerializer.SerializeToNode(
            new SubscriptionsAcknowledgedNotificationParams { Notifications = granted }, McpJson.Of<SubscriptionsAcknowledgedNotificationParams>()),
    };

    private static Task SendAsync(RequestContext<SubscriptionsListenRequestParams> context, JsonRpcNotification message, CancellationToken cancellationToken)
    {
        ((JsonObject)message.Params!)["_meta"] = new JsonObject
        {
            [SubscriptionKey] = context.JsonRpcRequest.Id.Id switch { long number => JsonValue.Create(number), var text => JsonValue.Create((string?)text) },
        };
        return context.Server.SendMessageAsync(message, cancellationToken);
    }

    private static bool IsSubscribable(Principal principal, string uri)
    {
        try
        {
            McpResources.CheckSubscribable(principal, ResourceAddress.Parse(uri));
            return true;
        }
        catch (ProblemException)
        {
            return false;
        }
    }
}
