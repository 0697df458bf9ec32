using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Audit;

/// <summary>Writes every event to the audit log.</summary>
/// <param name="log">The log.</param>
public sealed class AuditConsumer(IAuditLog log) : IEventConsumer
{
    /// <inheritdoc/>
    public string Name => Subscriptions.Audit;

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => log.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public Task<bool> HandleAsync(DomainEvent domainEvent, CancellationToken cancellationToken) =>
        log.AppendAsync(AuditActions.Describe(domainEvent), cancellationToken);
}
