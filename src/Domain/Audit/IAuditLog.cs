using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Audit;

/// <summary>Keeps the audit log.</summary>
public interface IAuditLog
{
    /// <summary>Writes a line once, however often it is called with it.</summary>
    /// <param name="entry">The line.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True once it is durable, false where it was there before.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    /// <exception cref="EventIdConflictException">A line with this event's id and time holds another event.</exception>
    Task<bool> AppendAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Reads the log, newest first.</summary>
    /// <param name="query">Which lines.</param>
    /// <param name="page">Which part of them.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The part, which may hold fewer than asked for though more follow; or rejected, where the continuation token is none.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Page<AuditEntry>>> ReadAsync(AuditQuery query, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Asks the store for a sign of life.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>When it has answered.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
