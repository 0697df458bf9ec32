using System.Security.Cryptography;
using System.Text;

namespace McpFunctions.Domain.Delivery;

/// <summary>Ids as parts of storage and Redis keys.</summary>
public static class KeyPart
{
    /// <summary>
    /// Makes an id safe in a key: a GUID as it is, anything else as its SHA-256 in hex, since another producer's id
    /// may hold characters that keys cannot, or be made to collide with another key.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <returns>36 characters for a GUID, 64 for anything else.</returns>
    public static string Of(string id) =>
        // Exactly as a GUID is written: the parser takes white space around it and capitals, which are other ids.
        Guid.TryParseExact(id, "D", out Guid guid) && guid.ToString("D") == id ? id : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
