using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>
/// An access token as the gateway issues them, or one that is wrong in the one thing that a test changes. Made by hand, as an
/// attacker would.
/// </summary>
public sealed record AccessToken
{
    /// <summary>The id of the key that the gateway under test signs with.</summary>
    public const string UsualKeyId = "e2e";

    public required byte[] SigningKey { get; init; }

    public string? KeyId { get; init; } = UsualKeyId;

    public string Algorithm { get; init; } = "HS256";

    public string Issuer { get; init; } = "mcp-gateway";

    public string Audience { get; init; } = "mcp-gateway";

    public string UserId { get; init; } = Guid.CreateVersion7().ToString();

    public string Username { get; init; } = $"user-{Guid.NewGuid():N}";

    public string Role { get; init; } = "admin";

    public string SessionId { get; init; } = Guid.CreateVersion7().ToString();

    public DateTimeOffset IssuedAt { get; init; } = DateTimeOffset.UtcNow;

    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Claims to leave out.</summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>The token, signed.</summary>
    public string Sign()
    {
        var header = new JsonObject { ["alg"] = Algorithm, ["typ"] = "JWT" };
        if (KeyId is not null)
        {
            header["kid"] = KeyId;
        }
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = UserId,
            ["name"] = Username,
            ["role"] = Role,
            ["sid"] = SessionId,
            ["jti"] = Guid.NewGuid().ToString("N"),
            ["iat"] = IssuedAt.ToUnixTimeSeconds(),
            ["nbf"] = IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = (IssuedAt + Lifetime).ToUnixTimeSeconds(),
        };
        foreach (var claim in Without)
        {
            claims.Remove(claim);
        }
        var signed = $"{Encode(header)}.{Encode(claims)}";
        var signature = Algorithm switch
        {
            "HS256" => HMACSHA256.HashData(SigningKey, Encoding.ASCII.GetBytes(signed)),
            "HS512" => HMACSHA512.HashData(SigningKey, Encoding.ASCII.GetBytes(signed)),
            _ => [],
        };
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>A token with another payload under the same signature.</summary>
    public static string Tamper(string token, string claim, string value)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        claims[claim] = value;
        return $"{parts[0]}.{Encode(claims)}.{parts[2]}";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
