using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>
/// API keys as clients send them: <c>mcp_{keyId}_{secret}</c>. The beginning lets scanners of source code find a key that
/// somebody committed; the id finds its row; the secret is 256 random bits, so that a plain SHA-256 hides it.
/// </summary>
public static class ApiKeyText
{
    private const string Prefix = "mcp_";
    private const int IdLength = 36;
    private const int SecretBytes = 32;

    /// <summary>The length of every key in characters.</summary>
    public const int Length = 4 + IdLength + 1 + (2 * SecretBytes);

    /// <summary>Makes a key with a new secret.</summary>
    /// <param name="keyId">The id, a GUID.</param>
    public static string New(string keyId) => $"{Prefix}{keyId}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";

    /// <summary>Reads a key.</summary>
    /// <param name="text">The text from the client.</param>
    /// <param name="keyId">The id in it.</param>
    /// <param name="secretHash">The hash of the secret in it.</param>
    /// <returns>False if it does not have that form.</returns>
    public static bool TryRead(string text, out string keyId, out string secretHash)
    {
        (keyId, secretHash) = ("", "");
        if (text.Length != Length || !text.StartsWith(Prefix, StringComparison.Ordinal) || text[Prefix.Length + IdLength] != '_'
            || !Guid.TryParseExact(text.AsSpan(Prefix.Length, IdLength), "D", out Guid id))
        {
            return false;
        }

        keyId = id.ToString("D");
        secretHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text[(Prefix.Length + IdLength + 1)..])));
        return true;
    }

    /// <summary>Compares hashes in a time that does not depend on where they differ.</summary>
    /// <param name="one">One hash.</param>
    /// <param name="other">The other.</param>
    public static bool AreSame(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
