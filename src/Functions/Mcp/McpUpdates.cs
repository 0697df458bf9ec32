using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>The messages that tell a client which of its resources a notification of its inbox has changed.</summary>
internal static class McpUpdates
{
    private const string UpdatedMethod = "notifications/resources/updated";
    private const string ListChangedMethod = "notifications/resources/list_changed";

    /// <summary>The resources that the event of a notification changed, of those that the caller may read.</summary>
    public static IEnumerable<string> Of(Notification notification, Principal principal)
    {
        if (IsOfFile(notification) && McpResources.Allows(principal, ResourceAddress.Files)
            && notification.Payload.TryGetProperty("fileId", out JsonElement id) && id.ValueKind == JsonValueKind.String)
        {
            yield return ResourceAddress.Of(ResourceAddress.Files, id.GetString());
        }

        if (notification.Name.Split(':')[0] is "file" or "command" or "workflow" or "session" && McpResources.Allows(principal, ResourceAddress.Context))
        {
            yield return ResourceAddress.Of(ResourceAddress.Context);
        }

        if (McpResources.Allows(principal, ResourceAddress.Inbox))
        {
            yield return ResourceAddress.Of(ResourceAddress.Inbox);
        }
    }

    /// <summary>Whether the list of resources has changed.</summary>
    public static bool ChangesList(Notification notification) => IsOfFile(notification);

    /// <summary>The message about a changed resource.</summary>
    public static JsonRpcNotification Updated(string uri) => new() { Method = UpdatedMethod, Params = new JsonObject { ["uri"] = uri } };

    /// <summary>The message about a changed list.</summary>
    public static JsonRpcNotification ListChanged() => new() { Method = ListChangedMethod, Params = new JsonObject() };

    /// <summary>The messages about a notification as server-sent events. Their id lets a client go on where its stream was cut.</summary>
    public static string EventsOf(Notification notification, Principal principal)
    {
        var text = new StringBuilder();
        foreach (string uri in Of(notification, principal))
        {
            string message = JsonSerializer.Serialize(Updated(uri), McpJson.Of<JsonRpcNotification>());
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"id: {notification.Sequence}\nevent: message\ndata: {message}\n\n");
        }

        return text.ToString();
    }

    private static bool IsOfFile(Notification notification) => notification.Name.StartsWith("file:", StringComparison.Ordinal);
}
