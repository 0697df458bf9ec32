using System.Globalization;
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

    /// <summary>Whether the list of resources has changed, for those who may read files.</summary>
    public static bool ChangesList(Notification notification) => IsOfFile(notification);

    /// <summary>The message about a changed resource.</summary>
    public static JsonRpcNotification Updated(string uri) => new() { Method = UpdatedMethod, Params = new JsonObject { ["uri"] = uri } };

    /// <summary>The message about a changed list.</summary>
    public static JsonRpcNotification ListChanged() => new() { Method = ListChangedMethod, Params = new JsonObject() };

    /// <summary>
    /// The messages about a notification as server-sent events. The last has the id with which a client resumes: a client whose stream was cut between
    /// them gets all of them again.
    /// </summary>
    public static string EventsOf(Notification notification, Principal principal)
    {
        IEnumerable<JsonRpcNotification> messages = Of(notification, principal).Select(Updated);
        if (ChangesList(notification) && McpResources.Allows(principal, ResourceAddress.Files))
        {
            messages = messages.Prepend(ListChanged());
        }

        string[] events = [.. messages.Select(each => $"event: message\ndata: {JsonSerializer.Serialize(each, McpJson.Of<JsonRpcNotification>())}\n\n")];
        return events.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{string.Concat(events[..^1])}id: {notification.Sequence}\n{events[^1]}");
    }

    private static bool IsOfFile(Notification notification) => notification.Name.StartsWith("file:", StringComparison.Ordinal);
}
