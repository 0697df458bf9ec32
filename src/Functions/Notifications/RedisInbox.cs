using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Quotas;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Notifications;

/// <summary>Inboxes in Redis.</summary>
/// <param name="redis">The connection.</param>
/// <param name="mark">Knows whether an inbox is complete.</param>
/// <param name="signals">Wakes waiting readers.</param>
/// <param name="quotas">Limits the bytes of an inbox.</param>
/// <param name="time">The clock of waiting readers.</param>
/// <param name="logger">Logs when Redis refuses to wake readers.</param>
public sealed partial class RedisInbox(
    RedisConnection redis, RebuildMark mark, InboxSignals signals, IOptions<QuotaOptions> quotas, TimeProvider time, ILogger<RedisInbox>? logger = null)
    : IInbox, IUserData
{
    /// <summary>The most notifications that an inbox keeps.</summary>
    public const int MaxEntries = 10_000;

    private readonly ILogger logger = logger ?? NullLogger<RedisInbox>.Instance;
    private bool isWakingRefused;

    private static readonly RedisScript AddScript = RedisScript.Embedded("Notifications.inbox.lua");

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => redis.RunAsync("PING", database => database.PingAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> AddAsync(string userId, Notification notification, bool isRebuilt, CancellationToken cancellationToken)
    {
        string user = KeyPart.Of(userId);
        RedisKey[] keys = [Entries(user), Seen(user), InboxSignals.Meta(user)];
        RedisValue[] values =
        [
            notification.EventId,
            notification.Timestamp.ToUnixTimeMilliseconds(),
            JsonSerializer.SerializeToUtf8Bytes(notification, NotificationJsonContext.Stored.Notification),
            (long)IInbox.Retention.TotalMilliseconds,
            MaxEntries,
            InboxSignals.Channel(user),
            isRebuilt,
            quotas.Value.InboxBytes,
        ];
        RedisResult result = await redis.RunAsync(AddScript, keys, values, cancellationToken);
        if (result.Length < 0)
        {
            return false;
        }

        // Waiting readers check again every second, so log a refusal only once.
        bool isRefusedNow = (string)result[1]! is { Length: > 0 };
        if (isRefusedNow && !Volatile.Read(ref isWakingRefused))
        {
            LogWakingRefused((string)result[1]!);
        }

        Volatile.Write(ref isWakingRefused, isRefusedNow);
        return true;
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Notification>> ReadAsync(
        string userId, long? after, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        string user = KeyPart.Of(userId);
        if (wait <= TimeSpan.Zero)
        {
            return await ReadAsync(user, after, limit, cancellationToken);
        }

        long started = time.GetTimestamp();
        using InboxSignals.Waiter waiter = signals.Register(user);
        while (true)
        {
            IReadOnlyList<Notification> found = await ReadAsync(user, after, limit, cancellationToken);
            TimeSpan left = wait - time.GetElapsedTime(started);
            if (found.Count > 0 || left <= TimeSpan.Zero)
            {
                return found;
            }

            await waiter.WaitAsync(left, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken)
    {
        string user = KeyPart.Of(userId);
        await redis.RunAsync("DEL", database => database.KeyDeleteAsync([Entries(user), Seen(user), InboxSignals.Meta(user)]), cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken) => mark.BeginAsync(
        InboxSignals.Meta(KeyPart.Of(userId)), cancellationToken);

    /// <inheritdoc/>
    public Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken) =>
        mark.CompleteAsync(InboxSignals.Meta(KeyPart.Of(userId)), token, cancellationToken);

    private async Task<IReadOnlyList<Notification>> ReadAsync(string user, long? after, int limit, CancellationToken cancellationToken)
    {
        SortedSetEntry[] entries = await redis.RunAsync(
            after is null ? "ZRANGE" : "ZRANGEBYSCORE",
            database => after is { } sequence
                ? database.SortedSetRangeByScoreWithScoresAsync(Entries(user), sequence, exclude: Exclude.Start, take: limit)
                : database.SortedSetRangeByRankWithScoresAsync(Entries(user), -limit, -1),
            cancellationToken);
        return [.. entries.Select(entry =>
            JsonSerializer.Deserialize((byte[])entry.Element!, NotificationJsonContext.Stored.Notification)! with { Sequence = (long)entry.Score })];
    }

    private static RedisKey Seen(string user) => $"{{user:{user}}}:inbox:seen";

    private static RedisKey Entries(string user) => $"{{user:{user}}}:inbox:entries";

    /// <summary>Adds the probe of the script that adds a notification.</summary>
    internal static void AddProbes(RedisProbes probes) => probes.AddScript(
        "Notifications.inbox.lua",
        [probes.User("inbox:entries"), probes.User("inbox:seen"), probes.User("inbox:meta")],
        [probes.Id, 1e15, "probe", 1, 1, RedisProbes.Channel, 0, 1_000]);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis refuses to publish to a channel ({Reason}). Waiting readers see notifications up to a second later.")]
    private partial void LogWakingRefused(string reason);
}
