namespace McpFunctions.Domain.Auth;

/// <summary>Hashes passwords, slowly.</summary>
public interface IPasswords
{
    /// <summary>
    /// A hash that is no user's, as costly to verify as a new one: what is compared where there is no user, so that the
    /// time of an answer does not tell which names exist.
    /// </summary>
    string Decoy { get; }

    /// <summary>Hashes a password with a new salt.</summary>
    /// <param name="password">The password.</param>
    /// <returns>The hash with its salt and parameters.</returns>
    string Hash(string password);

    /// <summary>Compares a password with a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="password">The password.</param>
    /// <returns>Whether it is the one.</returns>
    PasswordVerdict Verify(string hash, string password);
}
