using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Functions.Streams;

/// <summary>
/// Tickets replace a credential once, for clients that cannot send headers. Redis holds the hash of each, for all instances; taking
/// a ticket deletes it. If Redis loses a ticket, its client asks for another; nobody can use one twice.
/// </summary>
/// <param name="redis">The connection.</param>
/// <param name="watch">Knows whether the credential is still valid.</param>
/// <param name="time">The clock.</param>
public sealed partial class StreamTickets(RedisConnection redis, CredentialWatch watch, TimeProvider time) : ITickets
{
    /// <summary>The time that a ticket is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private const int TicketBytes = 32;

    /// <summary>Makes a ticket.</summary>
    /// <param name="principal">The caller.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<(string Ticket, DateTimeOffset ExpiresAt)> IssueAsync(Principal principal, CancellationToken cancellationToken)
    {
        string ticket = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(TicketBytes));
        byte[] holder = JsonSerializer.SerializeToUtf8Bytes(principal, TicketJsonContext.Default.Principal);
        DateTimeOffset expiresAt = Timestamps.ToMilliseconds(time.GetUtcNow() + Lifetime);
        await redis.RunAsync("SET", database => database.StringSetAsync(Key(ticket), holder, Lifetime), cancellationToken);
        return (ticket, expiresAt);
    }

    /// <inheritdoc/>
    public async Task<Principal> TakeAsync(string ticket, CancellationToken cancellationToken)
    {
        RedisValue holder = await redis.RunAsync("GETDEL", database => database.StringGetDeleteAsync(Key(ticket)), cancellationToken);
        return !holder.IsNull
            && JsonSerializer.Deserialize((byte[])holder!, TicketJsonContext.Default.Principal) is { } principal
            && await watch.IsAliveAsync(principal, cancellationToken)
            ? principal
            : throw new ProblemException(Problem.Unauthenticated("The ticket is not valid: it is too old or already used. Ask for a new one."));
    }

    // A reader of Redis must not be able to use a ticket.
    private static RedisKey Key(string ticket) => $"notifications:ticket:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)))}";

    [JsonSerializable(typeof(Principal))]
    private sealed partial class TicketJsonContext : JsonSerializerContext;
}
