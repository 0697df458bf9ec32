using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.Auth;

/// <summary>The storage keys of login counts: 256 partitions, so that an attack on one name does not slow down others.</summary>
/// <param name="Partition">The partition, <c>auth:{00..ff}</c>.</param>
/// <param name="Row">The row key of the lockout.</param>
public readonly record struct LockoutKeys(string Partition, string Row)
{
    /// <summary>The prefix of the partitions.</summary>
    public const string PartitionPrefix = "auth:";

    /// <summary>The prefix of the row keys of lockouts.</summary>
    public const string RowPrefix = "lockout:";

    /// <summary>The keys of a name.</summary>
    /// <param name="name">The name in its normal form.</param>
    public static LockoutKeys OfName(string name) => Of($"name:{name}");

    /// <summary>The keys of an address.</summary>
    /// <param name="address">The address; any text.</param>
    public static LockoutKeys OfAddress(string address) => Of($"address:{address}");

    // Hashed, since anybody can send names and addresses, and they may hold characters that keys cannot.
    private static LockoutKeys Of(string subject)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(subject)));
        return new LockoutKeys(PartitionPrefix + hash[..2], RowPrefix + hash);
    }
}
