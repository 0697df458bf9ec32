using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>Checks the credentials of requests.</summary>
public interface ICredentials
{
    /// <summary>Reads an access token. Its session must be open, and the settings must accept it.</summary>
    /// <param name="token">The token from the client.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The owner; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Principal>> ReadTokenAsync(string token, Origin origin, CancellationToken cancellationToken);

    /// <summary>Reads an API key.</summary>
    /// <param name="key">The key from the client.</param>
    /// <param name="origin">Where it comes from.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The owner; or unauthenticated.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Principal>> ReadKeyAsync(string key, Origin origin, CancellationToken cancellationToken);
}
