using System.Security.Cryptography;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Auth;

/// <summary>Passwords as ASP.NET Core Identity hashes them: PBKDF2 with HMAC-SHA512, salt and parameters in the hash.</summary>
public sealed class Pbkdf2Passwords : IPasswords
{
    private readonly PasswordHasher<UserRow> hasher;

    /// <summary>Makes the decoy with the parameters of the settings.</summary>
    /// <param name="options">The settings.</param>
    public Pbkdf2Passwords(IOptions<AuthOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);
        hasher = new PasswordHasher<UserRow>(Options.Create(new PasswordHasherOptions { IterationCount = options.Value.PasswordIterations }));
        Decoy = Hash(Convert.ToHexString(RandomNumberGenerator.GetBytes(32)));
    }

    /// <inheritdoc/>
    public string Decoy { get; }

    /// <inheritdoc/>
    public string Hash(string password) => hasher.HashPassword(null!, password);

    /// <inheritdoc/>
    public PasswordVerdict Verify(string hash, string password) => hasher.VerifyHashedPassword(null!, hash, password) switch
    {
        PasswordVerificationResult.Success => PasswordVerdict.Right,
        PasswordVerificationResult.SuccessRehashNeeded => PasswordVerdict.RightButOutdated,
        _ => PasswordVerdict.Wrong,
    };
}
