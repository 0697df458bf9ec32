using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Notifications;

/// <summary>The response of <c>POST notifications/negotiate</c>.</summary>
/// <param name="Url">The URL to connect to, which holds the permission to do so.</param>
/// <param name="Kind">
/// <c>webpubsub</c>: a WebSocket, best with the subprotocol <c>json.webpubsub.azure.v1</c>. <c>stream</c>: server-sent events, once.
/// </param>
/// <param name="ExpiresAt">The time until which a client may connect. A client that connects again negotiates again.</param>
public sealed record NegotiateResponse(
    string Url,
    [property: AllowedValues(NegotiateResponse.WebPubSub, NegotiateResponse.Stream)] string Kind,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt)
{
    /// <summary>A WebSocket of Azure Web PubSub.</summary>
    internal const string WebPubSub = "webpubsub";

    /// <summary>The event stream of the gateway.</summary>
    internal const string Stream = "stream";

    /// <inheritdoc/>
    public override string ToString() => nameof(NegotiateResponse);
}
