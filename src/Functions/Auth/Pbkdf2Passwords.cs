using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using McpFunctions.Domain.Credentials;
using Microsoft.AspNetCore.Cryptography.KeyDerivation;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Passwords as ASP.NET Core Identity hashes them: PBKDF2 with HMAC-SHA512, salt and parameters in the hash.</summary>
public sealed class Pbkdf2Passwords : IPasswords
{
    // Not the setting, since instances with different settings must compute the same version.
    private const int VersionIterations = 210_000;

    private readonly PasswordHasher<UserRow> hasher;

    /// <summary>Makes the decoy with the parameters of the settings.</summary>
    /// <param name="options">The settings.</param>
    public Pbkdf2Passwords(IOptions<AuthOptions> options)
    {
        hasher = new PasswordHasher<UserRow>(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        Decoy = HashOfNoPassword(options.Value.PasswordIterations);
    }

    /// <inheritdoc/>
    public string Decoy { get; }

    /// <summary>
    /// Derives a version from the administrator's password in the settings. Credentials store it, so they end when the password changes. It is
    /// the same on every instance, and as costly to guess from as a hash.
    /// </summary>
    /// <param name="username">The owner of the password.</param>
    /// <param name="password">The password.</param>
    public static string VersionOf(string username, string password) => Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(
        password, SHA256.HashData(Encoding.UTF8.GetBytes($"administrator-of-settings:{username}")), VersionIterations, HashAlgorithmName.SHA512, 32));

    // Random bytes in the format of ASP.NET Core Identity: a real hash would delay every start. Nobody finds a password for them.
    private static string HashOfNoPassword(int iterations)
    {
        const int SaltSize = 16, KeySize = 32;
        byte[] hash = RandomNumberGenerator.GetBytes(13 + SaltSize + KeySize);
        hash[0] = 1; // the format's version
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(1), (int)KeyDerivationPrf.HMACSHA512);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(5), iterations);
        BinaryPrimitives.WriteInt32BigEndian(hash.AsSpan(9), SaltSize);
        return Convert.ToBase64String(hash);
    }

    /// <inheritdoc/>
    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <inheritdoc/>
    public PasswordCheckResult Verify(string hash, string password) => hasher.VerifyHashedPassword(null!, hash, password) switch
    {
        PasswordVerificationResult.Success => PasswordCheckResult.Right,
        PasswordVerificationResult.SuccessRehashNeeded => PasswordCheckResult.RightButOutdated,
        _ => PasswordCheckResult.Wrong,
    };
}
