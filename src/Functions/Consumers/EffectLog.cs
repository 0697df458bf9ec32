using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Consumers;

/// <summary>
/// The newest effects of all instances, a stream in Redis beside the journals. It is for operators only: nobody waits for it, and it is lost with Redis.
/// </summary>
/// <param name="redis">The connection of the pumps.</param>
/// <param name="options">The retention of the journals, which holds for effects too.</param>
public sealed class EffectLog(PumpRedis redis, IOptions<DeliveryOptions> options)
{
    /// <summary>The most entries, each with the effects of one batch.</summary>
    public const int MaxLength = 20_000;

    /// <summary>The most bytes. Each tick of the relay cuts what is more.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    private const string Field = "effects";

    /// <summary>Reports effects to operators, with one command that nobody waits for.</summary>
    /// <param name="effects">The effects of one batch.</param>
    /// <returns>A task that ends when the command is sent, or is dropped because Redis is down.</returns>
    public async Task ReportAsync(IReadOnlyList<Effect> effects)
    {
        if (effects.Count == 0)
        {
            return;
        }

        byte[] json = JsonSerializer.SerializeToUtf8Bytes(effects, EffectJsonContext.Stored.IReadOnlyListEffect);
        try
        {
            await redis.Connection.RunAsync(
                database => database.StreamAddAsync(EventKeys.Effects, Field, json, maxLength: MaxLength, useApproximateMaxLength: true, flags: CommandFlags.FireAndForget),
                CancellationToken.None);
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception))
        {
            // A report for operators must not cause a failure.
        }
    }

    /// <summary>Reads the effects of an entry.</summary>
    /// <param name="entry">The entry.</param>
    /// <returns>The effects; none if another version wrote what this one cannot read.</returns>
    public static IReadOnlyList<Effect> Read(StreamEntry entry)
    {
        try
        {
            return entry[Field] is { IsNull: false } json ? JsonSerializer.Deserialize((byte[])json!, EffectJsonContext.Stored.IReadOnlyListEffect) ?? [] : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    /// <summary>Removes effects that are older than the journals, or more than fit.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        RedisResult bytes = await RunAsync("MEMORY", "USAGE", EventKeys.Effects, "SAMPLES", 0);
        if (bytes.IsNull)
        {
            return;
        }

        DateTimeOffset oldest = await redis.Connection.TimeAsync(cancellationToken) - options.Value.JournalRetention;
        await RunAsync("XTRIM", EventKeys.Effects, "MINID", "~", Math.Max(0, oldest.ToUnixTimeMilliseconds()).ToString(CultureInfo.InvariantCulture));
        if ((long)bytes > MaxBytes)
        {
            // Redis cuts by length only. The next tick measures again.
            long length = await redis.Connection.RunAsync("XLEN", database => database.StreamLengthAsync(EventKeys.Effects), cancellationToken);
            await RunAsync("XTRIM", EventKeys.Effects, "MAXLEN", (long)(0.9 * length * MaxBytes / (long)bytes));
        }

        Task<RedisResult> RunAsync(string command, params object[] arguments) =>
            redis.Connection.RunAsync(command, database => database.ExecuteAsync(command, arguments), cancellationToken);
    }
}
