using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>
/// An access token as the gateway issues it, or one with a single error that a test chooses. It is built without the gateway's
/// code, as an attacker would build it.
/// </summary>
public sealed record AccessToken
{
    /// <summary>The id of the signing key of the gateway under test.</summary>
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

    /// <summary>Extensions that a reader must understand (RFC 7515, section 4.1.11).</summary>
    public IReadOnlyCollection<string> Critical { get; init; } = [];

    /// <summary>Claims to leave out.</summary>
    public IReadOnlyCollection<string> Without { get; init; } = [];

    /// <summary>The signed token.</summary>
    public string Sign()
    {
        var header = new JsonObject { ["alg"] = Algorithm, ["typ"] = "JWT" };
        if (KeyId is not null)
        {
            header["kid"] = KeyId;
        }
        foreach (var extension in Critical)
        {
            header[extension] = true;
            header["crit"] = new JsonArray([.. Critical.Select(each => JsonValue.Create(each))]);
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

    /// <summary>Changes a claim of a token and keeps the signature.</summary>
    public static string Tamper(string token, string claim, string value)
    {
        var parts = token.Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!.AsObject();
        claims[claim] = value;
        return $"{parts[0]}.{Encode(claims)}.{parts[2]}";
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(json));
}
