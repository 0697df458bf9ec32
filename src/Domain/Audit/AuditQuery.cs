namespace McpFunctions.Domain.Audit;

/// <summary>Which lines of the audit log are asked for. What is null does not matter.</summary>
public sealed record AuditQuery
{
    /// <summary>The oldest event time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The newest event time.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>The event type.</summary>
    public string? Type { get; init; }

    /// <summary>Who did it.</summary>
    public string? UserId { get; init; }

    /// <summary>What it was done to.</summary>
    public string? ResourceId { get; init; }

    /// <summary>The request's correlation id.</summary>
    public string? CorrelationId { get; init; }
}
