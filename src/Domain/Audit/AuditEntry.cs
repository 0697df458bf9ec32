using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Audit;

/// <summary>One line of the audit log.</summary>
public sealed record AuditEntry
{
    /// <summary>The event's id.</summary>
    [StringLength(EventParser.MaxIdLength, MinimumLength = 1)]
    public required string EventId { get; init; }

    /// <summary>The event's type.</summary>
    [MinLength(1)]
    public required string Type { get; init; }

    /// <summary>The action in the decision record's words, for example <c>file.upload</c>.</summary>
    [MinLength(1)]
    public required string Action { get; init; }

    /// <summary>The time of the action.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The user who acted; absent if unknown.</summary>
    public string? UserId { get; init; }

    /// <summary>The id of the affected resource; absent if it has none.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The request's correlation id.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The whole event.</summary>
    public required DomainEvent Event { get; init; }
}
