using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Notifications;

/// <summary>The response of <c>POST notifications/tickets</c>.</summary>
/// <param name="Ticket">The ticket. No other response shows it.</param>
/// <param name="Url">The URL of the stream, with the ticket.</param>
/// <param name="ExpiresAt">The time at which the ticket expires.</param>
public sealed record StreamTicket(string Ticket, string Url, [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset ExpiresAt)
{
    /// <inheritdoc/>
    public override string ToString() => nameof(StreamTicket);
}
