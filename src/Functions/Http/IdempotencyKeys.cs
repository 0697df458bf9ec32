using System.Security.Cryptography;
using System.Text;
using McpFunctions.Domain.Identity;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>
/// Reads the header <c>Idempotency-Key</c> (IETF draft-ietf-httpapi-idempotency-key-header-07). A key may be any text of visible
/// characters, since most clients do not quote it.
/// </summary>
internal static class IdempotencyKeys
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The longest key in characters.</summary>
    public const int MaxLength = 255;

    /// <summary>The caller, with the idempotency key and the hash of the body, which identify a repeated request.</summary>
    /// <exception cref="ProblemException">The key is not valid.</exception>
    public static async Task<Actor> IdempotentActorAsync(this HttpRequest request, CancellationToken cancellationToken) =>
        request.Header(Header) is null ? request.Actor() : request.IdempotentActor(SHA256.HashData(await request.BodyBytesAsync(cancellationToken)));

    /// <summary>The same with another hash, for a body that holds a secret or is hashed later.</summary>
    public static Actor IdempotentActor(this HttpRequest request, byte[] requestHash)
    {
        if (request.Header(Header) is not { } key)
        {
            return request.Actor();
        }

        if (key.Length is 0 or > MaxLength || key.Any(character => character is < '!' or > '~'))
        {
            throw new ProblemException(Problem.Invalid(Header, $"Send 1 to {MaxLength} visible ASCII characters, for example a new UUID for each new request."));
        }

        // Routes match without regard to case, so the same request may come with another case.
        string route = $"{request.Method} {request.Path.ToUriComponent().TrimEnd('/').ToLowerInvariant()}";
        string rowKey = IdempotencyKey.RowPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{route}\n{key}")));
        return request.Actor() with { IdempotencyKey = new IdempotencyKey(rowKey, Convert.ToHexStringLower(requestHash)) };
    }
}
