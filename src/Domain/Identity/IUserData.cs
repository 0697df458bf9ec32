namespace McpFunctions.Domain.Identity;

/// <summary>Something that belongs to a user and goes with the user.</summary>
public interface IUserData
{
    /// <summary>Removes all of it. It may be called again, after it broke off and after late events brought something back.</summary>
    /// <param name="userId">The user.</param>
    /// <param name="correlationId">The correlation id of the deletion.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>Whether all is removed; false where something has to wait for the next time.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Redis or storage cannot be reached.</exception>
    Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken);
}
