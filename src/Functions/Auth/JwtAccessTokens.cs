using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Identity;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace McpFunctions.Functions.Auth;

/// <summary>Access tokens as JSON Web Tokens (RFC 7519), signed with HMAC-SHA256.</summary>
/// <param name="options">The lifetime.</param>
/// <param name="keys">The keys.</param>
/// <param name="time">The clock.</param>
public sealed class JwtAccessTokens(IOptions<AuthOptions> options, SigningKeys keys, TimeProvider time) : IAccessTokens
{
    private const string Issuer = "mcp-gateway";
    private const string Critical = "crit";

    // The clocks of the instances that issue and read a token differ a little.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, SetDefaultTimesOnTokenCreation = false };

    /// <inheritdoc/>
    public AccessToken Issue(Principal principal, DateTimeOffset notAfter)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset expiresAt = now + options.Value.AccessTokenLifetime < notAfter ? now + options.Value.AccessTokenLifetime : notAfter;
        string token = handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now.UtcDateTime,
            NotBefore = now.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = principal.UserId,
                [JwtRegisteredClaimNames.Name] = principal.Username,
                [JwtRegisteredClaimNames.Sid] = principal.SessionId!,
                [JwtRegisteredClaimNames.Jti] = Guid.NewGuid().ToString("N"),
                ["role"] = principal.Role,
            },
            SigningCredentials = new SigningCredentials(keys.Signing, SecurityAlgorithms.HmacSha256),
        });
        return new AccessToken(token, expiresAt - now, expiresAt);
    }

    /// <inheritdoc/>
    public async Task<Outcome<Principal>> ReadAsync(string token)
    {
        TokenValidationResult result = await handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            // Fixed, so that a token cannot choose "none" or another algorithm for itself.
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKeyResolver = (_, _, keyId, _) => keyId is not null && keys.Find(keyId) is { } key ? [key] : [],
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            LifetimeValidator = (notBefore, expires, _, _) =>
                time.GetUtcNow().UtcDateTime is var now && notBefore - ClockSkew <= now && now < expires + ClockSkew,
        });
        if (result is { IsValid: true, SecurityToken: JsonWebToken { Subject: { Length: > 0 } subject } jwt }
            // RFC 7515, section 4.1.11: a token whose critical extensions are unknown is invalid. The library does not check this.
            && !jwt.TryGetHeaderValue(Critical, out object _)
            && jwt.TryGetClaim(JwtRegisteredClaimNames.Name, out var name)
            && jwt.TryGetClaim(JwtRegisteredClaimNames.Sid, out var session)
            && jwt.TryGetClaim("role", out var role))
        {
            return new Principal(subject, name.Value, role.Value, session.Value);
        }

        return result.Exception is SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException
            ? new Failure.Unauthenticated("The access token has expired. Sign in again.", RejectionReasons.ExpiredToken)
            : new Failure.Unauthenticated("The access token is not valid. Sign in for a new one.", RejectionReasons.InvalidToken);
    }
}
