using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>Contexts in Redis, one hash per user.</summary>
/// <param name="redis">The connection.</param>
/// <param name="mark">Says whether a context is whole.</param>
/// <param name="quotas">How many bytes a context may have.</param>
/// <param name="logger">Warns when living entities need more.</param>
public sealed partial class RedisContextStore(
    RedisConnection redis, RebuildMark mark, IOptions<QuotaOptions> quotas, ILogger<RedisContextStore> logger) : IContextStore, IUserData
{
    /// <summary>The most ended entities whose facts a context keeps. Of older ones it keeps only that they ended.</summary>
    public const int MaxEnded = 1_000;

    // In place of a fact that gave way.
    private static ReadOnlySpan<byte> GaveWay => "~"u8;

    private static readonly RedisScript ApplyScript = RedisScript.Embedded("Orchestrator.context.lua");

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => redis.RunAsync("PING", database => database.PingAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<FactOutcome> ApplyAsync(string userId, ContextFact fact, bool isState, CancellationToken cancellationToken)
    {
        RedisKey[] keys = [Context(userId), $"{Context(userId)}:tombstones"];
        RedisValue[] values =
        [
            $"{fact.Kind}:{KeyPart.Of(fact.EntityId)}",
            fact.IsTerminal ? "end" : "live",
            fact.Order,
            JsonSerializer.SerializeToUtf8Bytes(fact, OrchestratorJsonContext.Stored.ContextFact),
            fact.Timestamp.ToUnixTimeMilliseconds(),
            (long)IContextStore.TombstoneRetention.TotalMilliseconds,
            isState,
            quotas.Value.ContextBytes,
            MaxEnded,
        ];
        RedisResult result = await redis.RunAsync(ApplyScript, keys, values, cancellationToken);
        if ((int)result == 2)
        {
            LogTooLarge(KeyPart.Of(userId), quotas.Value.ContextBytes);
        }

        return (int)result switch { > 0 => FactOutcome.Taken, 0 => FactOutcome.Known, _ => FactOutcome.TooOld };
    }

    /// <inheritdoc/>
    public async Task<ContextSnapshot> ReadAsync(string userId, CancellationToken cancellationToken)
    {
        HashEntry[] fields = await redis.RunAsync("HGETALL", database => database.HashGetAllAsync(Context(userId)), cancellationToken);
        long version = 0;
        DateTimeOffset? updatedAt = null;
        List<ContextFact> facts = new(fields.Length);
        foreach (HashEntry field in fields)
        {
            switch ((string)field.Name!)
            {
                case "_version":
                    version = (long)field.Value;
                    break;
                case "_updatedAt":
                    updatedAt = DateTimeOffset.FromUnixTimeMilliseconds((long)field.Value);
                    break;
                case "_bytes" or "_floor":
                case var mine when RebuildMark.Owns(mine):
                    break;
                default:
                    ReadOnlySpan<byte> value = (byte[])field.Value!;
                    if (value.SequenceEqual(GaveWay))
                    {
                        break;
                    }

                    facts.Add(JsonSerializer.Deserialize(value[(value.IndexOf((byte)' ') + 1)..], OrchestratorJsonContext.Stored.ContextFact)!);
                    break;
            }
        }

        return new ContextSnapshot(version, updatedAt, facts);
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken)
    {
        await redis.RunAsync("DEL", database => database.KeyDeleteAsync([Context(userId), $"{Context(userId)}:tombstones"]), cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken) => mark.BeginAsync(Context(userId), cancellationToken);

    /// <inheritdoc/>
    public Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken) =>
        mark.CompleteAsync(Context(userId), token, cancellationToken);

    /// <inheritdoc/>
    public Task RequestRebuildAsync(string userId, CancellationToken cancellationToken) => mark.ClearAsync(Context(userId), cancellationToken);

    /// <summary>Adds the probe of the script that applies a fact.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddScript(
        "Orchestrator.context.lua", [probes.User("context"), probes.User("context:tombstones")], ["probe:1", "end", "1", "{}", 1e15, 1, 1, 1, 0]);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The files, commands, workflows and sessions of user {UserId} that live need more than Quotas__ContextBytes "
            + "({MaxBytes}): the context keeps them, and no ended ones.")]
    private partial void LogTooLarge(string userId, long maxBytes);

    private static string Context(string userId) => string.Create(CultureInfo.InvariantCulture, $"{{user:{KeyPart.Of(userId)}}}:context");
}
