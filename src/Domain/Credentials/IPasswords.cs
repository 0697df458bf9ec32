namespace McpFunctions.Domain.Credentials;

/// <summary>Hashes passwords, slowly.</summary>
public interface IPasswords
{
    /// <summary>The longest password in characters.</summary>
    const int MaxLength = 1024;

    /// <summary>
    /// A hash that belongs to no user and costs as much to verify as a new one. It is compared if the user does not exist, so that the
    /// response time does not reveal which names exist.
    /// </summary>
    string Decoy { get; }

    /// <summary>Hashes a password with a new salt.</summary>
    /// <param name="password">The password.</param>
    /// <returns>The hash with its salt and parameters.</returns>
    string Hash(string password);

    /// <summary>Compares a password with a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="password">The password.</param>
    PasswordCheckResult Verify(string hash, string password);
}
