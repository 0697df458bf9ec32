using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Outbox;
using StackExchange.Redis;

namespace McpFunctions.Functions.Redis;

/// <summary>
/// Every command and script that the gateway runs, on keys that only this check uses. The keys and channels begin as the gateway's do, since
/// rights are given by what they begin with.
/// </summary>
internal sealed class RedisProbes
{
    /// <summary>A channel to which nobody listens for long.</summary>
    public const string Channel = "notifications:probe";

    private const string Group = "probe";

    private readonly string id;
    private readonly List<(string, Func<IDatabase, Task>)> all = [];
    private readonly HashSet<RedisKey> keys = [];

    /// <summary>Makes the probes of a check.</summary>
    /// <param name="id">Tells its keys from those of other checks.</param>
    public RedisProbes(string id)
    {
        this.id = id;
        AddCommands();
        AddScripts();
    }

    /// <summary>Their names and what they do, in the order in which they run. A refusal is thrown.</summary>
    public IReadOnlyList<(string Name, Func<IDatabase, Task> RunAsync)> All => all;

    /// <summary>The keys that they leave behind.</summary>
    public IReadOnlyCollection<RedisKey> Keys => keys;

    private void AddCommands()
    {
        (RedisKey stream, RedisKey text, RedisKey hash, RedisKey set, RedisKey scores) = (Key("stream"), Key("text"), Key("hash"), Key("set"), Key("scores"));
        Command("XADD", stream, "*", "event", "probe");
        Command("XGROUP", "CREATE", stream, Group, "0", "MKSTREAM");
        Command("XREADGROUP", "GROUP", Group, Group, "COUNT", 1, "STREAMS", stream, ">");
        Command("XPENDING", stream, Group);
        Command("XINFO", "GROUPS", stream);
        Command("XACK", stream, Group, "0-1");
        Command("XRANGE", stream, "(0-1", "+", "COUNT", 1);
        Command("XLEN", stream);
        Command("XTRIM", stream, "MINID", "0-1");
        Command("MEMORY", "USAGE", stream, "SAMPLES", 0);
        Command("SET", text, 1);
        Command("GET", text);
        Command("INCR", text);
        Command("INCRBY", text, 1);
        Command("PTTL", text);
        Command("HSET", hash, "a", 1);
        Command("HGET", hash, "a");
        Command("HMGET", hash, "a");
        Command("HGETALL", hash);
        Command("HEXISTS", hash, "a");
        Command("HINCRBY", hash, "n", 1);
        Command("HDEL", hash, "n");
        Command("ZADD", scores, 1, "a");
        Command("ZSCORE", scores, "a");
        Command("ZMSCORE", scores, "a");
        Command("ZCARD", scores);
        Command("ZCOUNT", scores, 0, 1);
        Command("ZRANGE", scores, 0, 0, "WITHSCORES");
        Command("ZRANGEBYSCORE", scores, 0, 1);
        Command("ZREM", scores, "b");
        Command("ZREMRANGEBYSCORE", scores, 5, 6);
        Command("ZREMRANGEBYRANK", scores, 5, 6);
        Command("SADD", set, "a");
        Command("SISMEMBER", set, "a");
        Command("PUBLISH", Channel, "probe");
        Command("PING");
        all.Add(("MULTI", async database =>
        {
            ITransaction transaction = database.CreateTransaction();
            Task<bool> removed = transaction.HashDeleteAsync(hash, "b");
            await transaction.ExecuteAsync();
            await removed;
        }));
        all.Add(("SUBSCRIBE", database => ListenAsync(database, RedisChannel.Literal(Channel))));
        all.Add(("PSUBSCRIBE", database => ListenAsync(database, InboxSignals.AllChannels)));
    }

    private static async Task ListenAsync(IDatabase database, RedisChannel channel)
    {
        ISubscriber subscriber = database.Multiplexer.GetSubscriber();
        Action<RedisChannel, RedisValue> nothing = (_, _) => { };
        await subscriber.SubscribeAsync(channel, nothing);
        await subscriber.UnsubscribeAsync(channel, nothing);
    }

    private void AddScripts()
    {
        (RedisKey journal, RedisKey trimmed) = (Key("journal"), Key("trimmed"));
        RedisKey marker = Used(RedisJournal.MarkOf($"probe-{id}"));
        RedisKey otherMarker = Used(RedisJournal.MarkOf($"probe-{id}-journal"));
        byte[] body = "probe"u8.ToArray();
        all.Add(("publish.lua", async database =>
        {
            if ((await RedisJournal.PublishAsync(database, journal, [(marker, EventsChannel, body)])).ChannelError is { Length: > 0 } refusal)
            {
                throw new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, refusal);
            }
        }));
        Script("Outbox.journal.lua", [journal, otherMarker], [60, RedisJournal.MarkOf(body), body]);
        Script("Recovery.missing.lua", [journal, trimmed], []);
        Script("Recovery.trim.lua", [journal, trimmed], ["MAXLEN", 0]);
        Script("Recovery.beat.lua", [Key("beat"), Key("missing")], ["", 1, 0]);
        Script("Notifications.inbox.lua", [User("inbox:entries"), User("inbox:seen"), User("inbox:meta")], [id, 1e15, "probe", 1, 1, Channel, 0, 1_000]);
        Script("Orchestrator.context.lua", [User("context"), User("context:tombstones")], ["probe:1", "end", "1", "{}", 1e15, 1, 1, 1, 0]);
        Script("Recovery.rebuilt.lua", [User("inbox:meta")], [id]);
        Script("RateLimits.rate.lua", [Used($"rate:{{user:probe-{id}}}")], [1_000]);
        all.Add(("time", database => database.ScriptEvaluateAsync("return redis.call('TIME')", [journal])));
    }

    private const string EventsChannel = "events:probe";

    private void Command(string name, params object[] arguments) => all.Add((name, database => database.ExecuteAsync(name, arguments)));

    private void Script(string name, RedisKey[] scriptKeys, RedisValue[] values) =>
        all.Add((name.Split('.')[^2] + ".lua", database => database.ScriptEvaluateAsync(EmbeddedScript.Read(name), scriptKeys, values)));

    private RedisKey Key(string name) => Used($"{{events}}:probe:{id}:{name}");

    private RedisKey User(string name) => Used($"{{user:probe-{id}}}:{name}");

    private RedisKey Used(string key)
    {
        keys.Add(key);
        return key;
    }
}
