using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Audit;

/// <summary>
/// Writes the actions of administrators and operators into the audit log before their effect. An action is not an event of the decision
/// record and is not published, but has the same form in the log.
/// </summary>
/// <param name="audit">The audit log.</param>
/// <param name="time">The clock.</param>
public sealed class ActionLog(IAuditLog audit, TimeProvider time) : IActionLog
{
    /// <inheritdoc/>
    public Task WriteAsync(Actor actor, string action, string resourceId, JsonObject details, CancellationToken cancellationToken)
    {
        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        var done = new DomainEvent
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Type = action,
            Timestamp = now,
            CorrelationId = actor.CorrelationId,
            Payload = JsonSerializer.SerializeToElement(details),
            Metadata = new EventMetadata { Service = EventMetadata.GatewayService, Version = EventMetadata.GatewayVersion, UserId = actor.UserId },
        };
        return audit.AppendAsync(AuditActions.Describe(done) with { ResourceId = resourceId }, cancellationToken);
    }
}
