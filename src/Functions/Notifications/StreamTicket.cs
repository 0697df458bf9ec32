using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Notifications;

/// <summary>The response of <c>POST notifications/tickets</c>.</summary>
/// <param name="Ticket">The ticket; it is shown this once.</param>
/// <param name="Url">Where it opens the stream, with the ticket.</param>
/// <param name="ExpiresAt">Until when it does.</param>
public sealed record StreamTicket(string Ticket, string Url, [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(StreamTicket);
}
