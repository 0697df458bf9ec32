using System.Buffers.Text;
using System.Text;

namespace McpFunctions.Domain;

/// <summary>Tokens that say where a list goes on: opaque to clients, keys to us.</summary>
public static class ContinuationToken
{
    /// <summary>The longest token in characters: two keys of at most 512 characters each, in base64.</summary>
    public const int MaxLength = 1400;

    /// <summary>Makes a token of the place reached.</summary>
    /// <param name="place">The key of the last item given.</param>
    public static string Of(string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(place));

    /// <summary>Reads a token.</summary>
    /// <param name="token">The token from the client.</param>
    /// <param name="place">The place in it.</param>
    /// <returns>False where no such token was ever given.</returns>
    public static bool TryRead(string token, out string place)
    {
        place = "";
        if (token.Length > MaxLength || !Base64Url.IsValid(token))
        {
            return false;
        }

        place = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token));
        return Of(place) == token;
    }
}
