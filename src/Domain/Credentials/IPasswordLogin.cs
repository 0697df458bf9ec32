using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>Checks the password of a user, with the limits on failures of a login.</summary>
public interface IPasswordLogin
{
    /// <summary>Compares a name and a password with those of the users, within all limits. An unknown name costs the same work.</summary>
    /// <param name="username">The name as the client sent it.</param>
    /// <param name="password">The password as the client sent it.</param>
    /// <param name="origin">The origin of the login.</param>
    /// <param name="cancellationToken">Cancels the operation before the password is compared.</param>
    /// <returns>The user; or unauthenticated, throttled, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task<Outcome<Stored<UserRow>>> AuthenticateAsync(string username, string password, Origin origin, CancellationToken cancellationToken);
}
