using System.Text.Json.Serialization;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Notifications;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(NotificationList))]
[JsonSerializable(typeof(StreamTicket))]
[JsonSerializable(typeof(NegotiateResponse))]
[JsonSerializable(typeof(Notification))]
internal sealed partial class NotificationJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static NotificationJsonContext Api { get; } = new(HttpJson.NewOptions());

    /// <summary>The context with the options of stored JSON.</summary>
    public static NotificationJsonContext Stored { get; } = new(StoredJson.NewOptions());
}
