using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Orchestrator;
using McpFunctions.Domain.Users;
using McpFunctions.Functions.Delivery;
using StackExchange.Redis;

namespace McpFunctions.Functions.Orchestrator;

/// <summary>Contexts in Redis, one hash per user.</summary>
/// <param name="redis">The connection.</param>
/// <param name="mark">Knows whether a context is complete.</param>
public sealed class RedisContextStore(RedisConnection redis, RebuildMark mark) : IContextStore, IUserData
{
    private static readonly string ApplyScript = EmbeddedScript.Read("Orchestrator.context.lua");

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => redis.RunAsync(database => database.PingAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<FactOutcome> ApplyAsync(string userId, ContextFact fact, bool isState, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fact);
        RedisKey[] keys = [Context(userId), $"{Context(userId)}:tombstones"];
        RedisValue[] values =
        [
            $"{fact.Kind}:{KeyPart.Of(fact.EntityId)}",
            fact.IsTerminal ? "end" : "live",
            fact.Order,
            JsonSerializer.SerializeToUtf8Bytes(fact, StateJsonContext.Stored.ContextFact),
            fact.Timestamp.ToUnixTimeMilliseconds(),
            (long)IContextStore.TombstoneLife.TotalMilliseconds,
            isState,
        ];
        RedisResult result = await redis.RunAsync(database => database.ScriptEvaluateAsync(ApplyScript, keys, values), cancellationToken);
        return (int)result switch { > 0 => FactOutcome.Taken, 0 => FactOutcome.Known, _ => FactOutcome.TooOld };
    }

    /// <inheritdoc/>
    public async Task<ContextSnapshot> ReadAsync(string userId, CancellationToken cancellationToken)
    {
        HashEntry[] fields = await redis.RunAsync(database => database.HashGetAllAsync(Context(userId)), cancellationToken);
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
                case var mine when RebuildMark.Owns(mine):
                    break;
                default:
                    ReadOnlySpan<byte> value = (byte[])field.Value!;
                    facts.Add(JsonSerializer.Deserialize(value[(value.IndexOf((byte)' ') + 1)..], StateJsonContext.Stored.ContextFact)!);
                    break;
            }
        }

        return new ContextSnapshot(version, updatedAt, facts);
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken)
    {
        await redis.RunAsync(database => database.KeyDeleteAsync([Context(userId), $"{Context(userId)}:tombstones"]), cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken) => mark.BeginAsync(Context(userId), cancellationToken);

    /// <inheritdoc/>
    public Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken) =>
        mark.CompleteAsync(Context(userId), token, cancellationToken);

    /// <inheritdoc/>
    public Task RequestRebuildAsync(string userId, CancellationToken cancellationToken) => mark.ClearAsync(Context(userId), cancellationToken);

    private static string Context(string userId) => string.Create(CultureInfo.InvariantCulture, $"{{user:{KeyPart.Of(userId)}}}:context");
}
