using System.Globalization;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Notifications;
using McpFunctions.Functions.Delivery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace McpFunctions.Functions.Notifications;

/// <summary>Inboxes in Redis.</summary>
/// <param name="redis">The connection.</param>
/// <param name="mark">Says whether an inbox is whole.</param>
/// <param name="time">The clock of waiting readers.</param>
/// <param name="logger">Logs that Redis refuses to wake readers.</param>
public sealed partial class RedisInbox(RedisConnection redis, RebuildMark mark, TimeProvider time, ILogger<RedisInbox>? logger = null) : IInbox
{
    /// <summary>How many notifications of a user are kept.</summary>
    public const int MaxEntries = 10_000;

    // The channel that wakes a waiting reader may lose its message, as all of Pub/Sub; a look every second does not.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    private readonly ILogger logger = logger ?? NullLogger<RedisInbox>.Instance;
    private bool isWakingRefused;

    private static readonly string AddScript = EmbeddedScript.Read("Notifications.inbox.lua");

    /// <inheritdoc/>
    public Task ProbeAsync(CancellationToken cancellationToken) => redis.RunAsync(database => database.PingAsync(), cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> AddAsync(string userId, Notification notification, bool isRebuilt, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(notification);
        string user = KeyPart.Of(userId);
        RedisKey[] keys = [Entries(user), $"{{user:{user}}}:inbox:seen", Meta(user)];
        RedisValue[] values =
        [
            notification.EventId,
            notification.Timestamp.ToUnixTimeMilliseconds(),
            JsonSerializer.SerializeToUtf8Bytes(notification, StateJsonContext.Stored.Notification),
            (long)IInbox.Retention.TotalMilliseconds,
            MaxEntries,
            Channel(user),
            isRebuilt,
        ];
        RedisResult result = await redis.RunAsync(database => database.ScriptEvaluateAsync(AddScript, keys, values), cancellationToken);
        if (result.Length < 0)
        {
            return false;
        }

        // Waiting readers look again every second; a refusal is logged once.
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
        string userId, long after, int limit, TimeSpan wait, CancellationToken cancellationToken)
    {
        string user = KeyPart.Of(userId);
        long started = time.GetTimestamp();
        IReadOnlyList<Notification> found = await ReadAsync(user, after, limit, cancellationToken);
        if (found.Count > 0 || wait <= TimeSpan.Zero)
        {
            return found;
        }

        await using RedisSubscription news = await redis.SubscribeAsync(Channel(user), cancellationToken);
        // Once more, for what came between the first look and the subscription; then at every sign of news.
        while ((found = await ReadAsync(user, after, limit, cancellationToken)).Count == 0
            && wait - time.GetElapsedTime(started) is { Ticks: > 0 } left)
        {
            using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            pause.CancelAfter(left < LookAgain ? left : LookAgain);
            try
            {
                await news.WaitAsync(pause.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // Nothing came; look again.
            }
        }

        return found;
    }

    /// <inheritdoc/>
    public Task<string?> BeginRebuildAsync(string userId, CancellationToken cancellationToken) => mark.BeginAsync(Meta(KeyPart.Of(userId)), cancellationToken);

    /// <inheritdoc/>
    public Task CompleteRebuildAsync(string userId, string token, CancellationToken cancellationToken) =>
        mark.CompleteAsync(Meta(KeyPart.Of(userId)), token, cancellationToken);

    private async Task<IReadOnlyList<Notification>> ReadAsync(string user, long after, int limit, CancellationToken cancellationToken)
    {
        SortedSetEntry[] entries = await redis.RunAsync(
            database => database.SortedSetRangeByScoreWithScoresAsync(Entries(user), after, exclude: Exclude.Start, take: limit), cancellationToken);
        return [.. entries.Select(entry =>
            JsonSerializer.Deserialize((byte[])entry.Element!, StateJsonContext.Stored.Notification)! with { Sequence = (long)entry.Score })];
    }

    private static RedisKey Entries(string user) => $"{{user:{user}}}:inbox:entries";

    private static RedisKey Meta(string user) => $"{{user:{user}}}:inbox:meta";

    private static string Channel(string user) => string.Create(CultureInfo.InvariantCulture, $"notifications:{user}");

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis refuses to publish to a channel ({Reason}). Readers that wait for notifications see them up to a second later.")]
    private partial void LogWakingRefused(string reason);
}
