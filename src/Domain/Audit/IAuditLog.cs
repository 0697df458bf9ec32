using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Audit;

/// <summary>Keeps the audit log.</summary>
public interface IAuditLog
{
    /// <summary>Writes a line once, even if called again with it.</summary>
    /// <param name="entry">The line.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>True once it is stored, false if it existed before.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    /// <exception cref="EventIdConflictException">A line with this event's id and time holds another event.</exception>
    Task<bool> AppendAsync(AuditEntry entry, CancellationToken cancellationToken);

    /// <summary>Reads the log, newest first.</summary>
    /// <param name="query">The requested lines.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page, which may be short although more pages follow; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Page<AuditEntry>>> ReadAsync(AuditQuery query, PageRequest page, CancellationToken cancellationToken);

    /// <summary>Checks that the store answers.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task ProbeAsync(CancellationToken cancellationToken);
}
