using System.Security.Cryptography;
using System.Text;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Credentials;

/// <summary>
/// The administrator that the settings name, so that a new gateway has somebody who can sign in. It is not in storage:
/// so the owner of the settings can always sign in.
/// </summary>
/// <param name="username">The name.</param>
/// <param name="hashPassword">
/// Makes the hash of the password, and a version from name and password alone, so that it is the same on every instance and changes with each
/// of them.
/// </param>
public sealed class BootstrapAdministrator(string username, Func<(string Hash, string Version)> hashPassword)
{
    // Hashing takes longer than any other step of a start, so the first who needs it waits instead.
    private readonly Lazy<UserRow> user = new(() =>
    {
        (string hash, string version) = hashPassword();
        return new UserRow
        {
            Id = IdOf(username),
            Username = username,
            Role = Roles.Admin,
            CreatedAt = DateTimeOffset.UnixEpoch,
            PasswordHash = hash,
            PasswordVersion = version,
        };
    });

    /// <summary>The id. It is made from the name, so that it is the same on every instance and after every start.</summary>
    public string Id { get; } = IdOf(username);

    /// <summary>The name.</summary>
    public string Username { get; } = username;

    /// <summary>The administrator as a user. The first call hashes the password.</summary>
    public UserRow User => user.Value;

    /// <summary>Whether an id is that of an administrator of this name, whom the settings name now or have named.</summary>
    /// <param name="userId">The id.</param>
    /// <param name="username">The name.</param>
    public static bool HasId(string userId, string username) => userId == IdOf(username);

    private static string IdOf(string username) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"bootstrap-administrator:{username}")).AsSpan(0, 16)).ToString("D");
}
