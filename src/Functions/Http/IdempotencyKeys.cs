using System.Security.Cryptography;
using System.Text;
using McpFunctions.Domain;
using McpFunctions.Domain.Idempotency;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Http;

/// <summary>
/// Reads the header <c>Idempotency-Key</c> (IETF draft-ietf-httpapi-idempotency-key-header-07). A key is any text of visible
/// characters here, not only a quoted one, as most clients send it.
/// </summary>
internal static class IdempotencyKeys
{
    /// <summary>The header.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The longest key in characters.</summary>
    public const int MaxLength = 255;

    /// <summary>Who asks, in a request that is known when it is sent again with the same key and the same body.</summary>
    /// <exception cref="ProblemException">The key is not acceptable.</exception>
    public static async Task<Actor> ActorOnceAsync(this HttpRequest request, CancellationToken cancellationToken) =>
        request.Header(Header) is null ? request.Actor() : request.ActorOnce(SHA256.HashData(await request.BodyBytesAsync(cancellationToken)));

    /// <summary>The same where the hash of the body would tell a secret in it, or is known later.</summary>
    public static Actor ActorOnce(this HttpRequest request, byte[] requestHash)
    {
        if (request.Header(Header) is not { } key)
        {
            return request.Actor();
        }

        if (key.Length is 0 or > MaxLength || key.Any(character => character is < '!' or > '~'))
        {
            throw new ProblemException(Problem.Invalid(Header, $"Send 1 to {MaxLength} visible ASCII characters, such as a new UUID for each request that is not a repetition."));
        }

        // Routes match without regard to case, so the same request may come with another case.
        string route = $"{request.Method} {request.Path.ToUriComponent().TrimEnd('/').ToLowerInvariant()}";
        string rowKey = OnceKey.RowPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{route}\n{key}")));
        return request.Actor() with { Once = new OnceKey(rowKey, Convert.ToHexStringLower(requestHash)) };
    }
}
