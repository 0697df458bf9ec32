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

    /// <summary>The key with what identifies a repeated request; null if the client sent none.</summary>
    /// <exception cref="ProblemException">The key is not valid.</exception>
    public static async Task<IdempotencyKey?> IdempotencyKeyAsync(this HttpRequest request, IdempotentAttribute idempotent, CancellationToken cancellationToken)
    {
        if (request.Header(Header) is not { } key)
        {
            return null;
        }

        if (key.Length is 0 or > MaxLength || key.Any(character => character is < '!' or > '~'))
        {
            throw new ProblemException(Problem.Invalid(Header, $"Send 1 to {MaxLength} visible ASCII characters, for example a new UUID for each new request."));
        }

        // Routes match without regard to case, so the same request may come with another case.
        string route = $"{request.Method} {request.Path.ToUriComponent().TrimEnd('/').ToLowerInvariant()}";
        string rowKey = IdempotencyKey.RowPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{route}\n{key}")));
        return new IdempotencyKey(rowKey, idempotent.HashesItself ? "" : HashOf(await request.BodyBytesAsync(cancellationToken)));
    }

    /// <summary>The caller, in a request that the function hashes itself.</summary>
    public static Actor ActorOf(this HttpRequest request, ReadOnlySpan<byte> hashed)
    {
        Actor actor = request.Actor();
        return actor.IdempotencyKey is { } key ? actor with { IdempotencyKey = key with { RequestHash = HashOf(hashed) } } : actor;
    }

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
