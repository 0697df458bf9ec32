using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.Identity;

/// <summary>
/// The administrator that the settings name, so that a new gateway has somebody who can sign in. It is not in storage:
/// so the owner of the settings can always sign in.
/// </summary>
/// <param name="username">The name.</param>
/// <param name="passwordHash">The hash of the password.</param>
/// <param name="passwordVersion">Made from name and password alone, so that it is the same on every instance and changes with each of them.</param>
public sealed class BootstrapAdministrator(string username, string passwordHash, string passwordVersion)
{
    /// <summary>The administrator as a user. The id is made from the name, so that it is the same on every instance and after every start.</summary>
    public UserRow User { get; } = new()
    {
        Id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"bootstrap-administrator:{username}")).AsSpan(0, 16)).ToString("D"),
        Username = username,
        Role = Roles.Admin,
        CreatedAt = DateTimeOffset.UnixEpoch,
        PasswordHash = passwordHash,
        PasswordVersion = passwordVersion,
    };
}
