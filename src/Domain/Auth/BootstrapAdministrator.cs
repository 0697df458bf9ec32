using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.Auth;

/// <summary>The administrator that the settings name, so that a new gateway has somebody who can sign in.</summary>
/// <param name="Username">The name.</param>
/// <param name="Password">The password.</param>
public sealed record BootstrapAdministrator(string Username, string Password)
{
    /// <summary>The administrator's user id: made from the name, so that it is the same on every instance and after every start.</summary>
    public string UserId { get; } = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"bootstrap-administrator:{Username}")).AsSpan(0, 16)).ToString("D");

    /// <summary>Compares a credential in a time that depends on neither its content nor whether the name is known.</summary>
    /// <param name="username">The name.</param>
    /// <param name="password">The password.</param>
    /// <returns>Whether both are the administrator's.</returns>
    public bool Matches(string username, string password) => Same(username, Username) & Same(password, Password);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(BootstrapAdministrator)} {{ {nameof(Username)} = {Username} }}";

    private static bool Same(string left, string right) => CryptographicOperations.FixedTimeEquals(
        SHA256.HashData(Encoding.UTF8.GetBytes(left)), SHA256.HashData(Encoding.UTF8.GetBytes(right)));
}
