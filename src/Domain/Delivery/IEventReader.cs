using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>Reads committed events.</summary>
public interface IEventReader
{
    /// <summary>Reads events of a partition.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="eventIds">The ids of events that this gateway wrote.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Those of them that are still there, in no order.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<IReadOnlyList<DomainEvent>> FindAsync(string partition, IReadOnlyCollection<string> eventIds, CancellationToken cancellationToken);
}
