using McpFunctions.Domain.Identity;

namespace McpFunctions.Functions.Http;

/// <summary>Tickets, each of which replaces a credential once.</summary>
public interface ITickets
{
    /// <summary>Takes a ticket, which is invalid afterwards.</summary>
    /// <param name="ticket">The ticket that the client sent.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The user who asked for it.</returns>
    /// <exception cref="ProblemException">The ticket does not exist, was already taken, or its credential has ended.</exception>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    Task<Principal> TakeAsync(string ticket, CancellationToken cancellationToken);
}
