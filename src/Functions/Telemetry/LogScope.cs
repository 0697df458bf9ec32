using System.Collections;
using System.Globalization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Telemetry;

/// <summary>What every log line of a request or of an event carries: its correlation id, and the event's id. Never its payload.</summary>
/// <param name="correlationId">The correlation id; null if there is none.</param>
/// <param name="eventId">The event; null for a request.</param>
internal sealed class LogScope(string? correlationId, string? eventId = null) : IReadOnlyList<KeyValuePair<string, object?>>
{
    private readonly KeyValuePair<string, object?>[] values = (correlationId, eventId) switch
    {
        ({ } correlation, { } id) => [new("correlation.id", correlation), new("messaging.message.id", id)],
        ({ } correlation, null) => [new("correlation.id", correlation)],
        (null, { } id) => [new("messaging.message.id", id)],
        _ => [],
    };

    /// <summary>The scope of an event.</summary>
    public static LogScope Of(DomainEvent domainEvent) => new(domainEvent.CorrelationId, domainEvent.Id);

    /// <inheritdoc/>
    public int Count => values.Length;

    /// <inheritdoc/>
    public KeyValuePair<string, object?> this[int index] => values[index];

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => values.AsEnumerable().GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', values.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Key}:{each.Value}")));
}
