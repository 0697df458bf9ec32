namespace McpFunctions.Domain.Audit;

/// <summary>The requested lines of the audit log. A null field matches every line.</summary>
public sealed record AuditQuery
{
    /// <summary>The oldest event time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The newest event time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The event type.</summary>
    public string? Type { get; init; }

    /// <summary>The user who acted.</summary>
    public string? UserId { get; init; }

    /// <summary>The affected resource.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The request's correlation id.</summary>
    public string? CorrelationId { get; init; }
}
