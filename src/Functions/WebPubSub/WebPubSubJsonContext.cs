using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.WebPubSub;

/// <summary>The JSON of messages.</summary>
[JsonSerializable(typeof(Notification))]
[JsonSerializable(typeof(JsonElement))]
internal sealed partial class WebPubSubJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of stored JSON.</summary>
    public static WebPubSubJsonContext Messages { get; } = new(StoredJson.NewOptions());
}
