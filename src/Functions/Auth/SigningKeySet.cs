using System.Text;
using Microsoft.IdentityModel.Tokens;

namespace McpFunctions.Functions.Auth;

/// <summary>The keys that sign and check access tokens.</summary>
public sealed class SigningKeySet
{
    private const int MinKeyBytes = 32;

    private readonly Dictionary<string, SymmetricSecurityKey> keys;

    private SigningKeySet(string id, Dictionary<string, SymmetricSecurityKey> keys)
    {
        this.keys = keys;
        Signing = keys[id];
    }

    /// <summary>The key that signs new tokens.</summary>
    public SymmetricSecurityKey Signing { get; }

    /// <summary>Makes a set of valid keys.</summary>
    /// <param name="id">The id of the key that signs.</param>
    /// <param name="keys">The keys by id, in base64.</param>
    public static SigningKeySet Of(string id, IReadOnlyDictionary<string, string> keys) => new(id, keys.ToDictionary(
        key => key.Key, key => new SymmetricSecurityKey(Convert.FromBase64String(key.Value)) { KeyId = key.Key }, StringComparer.OrdinalIgnoreCase));

    /// <summary>Checks keys.</summary>
    /// <param name="id">The id of the key that signs.</param>
    /// <param name="keys">The keys by id.</param>
    /// <param name="names">What the places of the id and of a key are called.</param>
    /// <param name="allowsSample">Whether the sample's key may be used, which everybody knows.</param>
    /// <returns>The remedy for each problem, without a key; empty when the keys are valid.</returns>
    public static IEnumerable<string> ProblemsOf(string id, IReadOnlyDictionary<string, string> keys, (string Id, Func<string, string> Key) names, bool allowsSample)
    {
        if (!keys.Keys.Contains(id, StringComparer.OrdinalIgnoreCase))
        {
            yield return $"Set {names.Id} to the id of a key, and {names.Key("<id>")} to that key: "
                + $"base64 of at least {MinKeyBytes} random bytes, for example from 'openssl rand -base64 48'.";
        }

        if (keys.Keys.Distinct(StringComparer.OrdinalIgnoreCase).Count() < keys.Count)
        {
            yield return $"Set each {names.Key("<id>")} once: ids that differ only in small and capital letters are the same.";
        }

        foreach ((string keyId, string key) in keys)
        {
            byte[] bytes = new byte[key.Length];
            if (!Convert.TryFromBase64String(key, bytes, out int length) || length < MinKeyBytes)
            {
                yield return $"Set {names.Key(keyId)} to base64 of at least {MinKeyBytes} random bytes, for example from 'openssl rand -base64 48'.";
            }
            else if (!allowsSample && AuthOptions.IsSample(Encoding.UTF8.GetString(bytes, 0, length)))
            {
                yield return $"{names.Key(keyId)} is the sample's, which everybody knows. Set your own.";
            }
        }
    }

    /// <summary>Finds a key.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The key; null if there is none.</returns>
    public SymmetricSecurityKey? Find(string id) => keys.GetValueOrDefault(id);
}
