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

    private readonly List<(string, Func<IDatabase, Task>)> all = [];
    private readonly HashSet<RedisKey> keys = [];

    /// <summary>Makes the probes of a check.</summary>
    /// <param name="id">Tells its keys from those of other checks.</param>
    /// <param name="uses">What the parts of the gateway run.</param>
    public RedisProbes(string id, RedisUses uses)
    {
        Id = id;
        AddCommands();
        foreach (Action<RedisProbes> use in uses.All)
        {
            use(this);
        }

        all.Add(("time", database => database.ScriptEvaluateAsync("return redis.call('TIME')", [Key("journal")])));
    }

    /// <summary>Tells the keys of this check from those of other checks.</summary>
    public string Id { get; }

    /// <summary>Their names and what they do, in the order in which they run. A refusal is thrown.</summary>
    public IReadOnlyList<(string Name, Func<IDatabase, Task> RunAsync)> All => all;

    /// <summary>The keys that they leave behind.</summary>
    public IReadOnlyCollection<RedisKey> Keys => keys;

    private void AddCommands()
    {
        (RedisKey stream, RedisKey text, RedisKey hash, RedisKey scores) = (Key("stream"), Key("text"), Key("hash"), Key("scores"));
        Command("XADD", stream, "*", "event", "probe");
        Command("XGROUP", "CREATE", stream, Group, "0", "MKSTREAM");
        Command("XREADGROUP", "GROUP", Group, Group, "COUNT", 1, "STREAMS", stream, ">");
        Command("XPENDING", stream, Group);
        Command("XCLAIM", stream, Group, Group, 0, "0-1", "JUSTID");
        Command("XINFO", "STREAM", stream);
        Command("XINFO", "GROUPS", stream);
        Command("XINFO", "CONSUMERS", stream, Group);
        Command("XGROUP", "DELCONSUMER", stream, Group, "gone");
        Command("XACK", stream, Group, "0-1");
        Command("XRANGE", stream, "(0-1", "+", "COUNT", 1);
        Command("XLEN", stream);
        Command("XTRIM", stream, "MINID", "0-1");
        Command("MEMORY", "USAGE", stream, "SAMPLES", 0);
        Command("SET", text, 1);
        Command("GET", text);
        Command("INCR", text);
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
        Command("ZCARD", scores);
        Command("ZCOUNT", scores, 0, 1);
        Command("ZRANGE", scores, 0, 0, "WITHSCORES");
        Command("ZRANGEBYSCORE", scores, 0, 1);
        Command("ZREM", scores, "b");
        Command("ZREMRANGEBYSCORE", scores, 5, 6);
        Command("ZREMRANGEBYRANK", scores, 5, 6);
        Command("PUBLISH", Channel, "probe");
        Command("PING");
        AddSubscription("SUBSCRIBE", RedisChannel.Literal(Channel));
    }

    /// <summary>Adds a probe.</summary>
    public void Add(string name, Func<IDatabase, Task> run) => all.Add((name, run));

    /// <summary>Adds the probe of a subscription.</summary>
    public void AddSubscription(string name, RedisChannel channel) => all.Add((name, database => ListenAsync(database, channel)));

    /// <summary>Adds the probe of a script.</summary>
    public void AddScript(string name, RedisKey[] scriptKeys, RedisValue[] values) =>
        all.Add((name.Split('.')[^2] + ".lua", database => database.ScriptEvaluateAsync(EmbeddedScript.Read(name), scriptKeys, values)));

    /// <summary>A key on the node of the events.</summary>
    public RedisKey Key(string name) => Used($"{{events}}:probe:{Id}:{name}");

    /// <summary>A key on the node of a user.</summary>
    public RedisKey User(string name) => Used($"{{user:probe-{Id}}}:{name}");

    /// <summary>A key that the probes leave behind.</summary>
    public RedisKey Used(RedisKey key)
    {
        keys.Add(key);
        return key;
    }

    private static async Task ListenAsync(IDatabase database, RedisChannel channel)
    {
        ISubscriber subscriber = database.Multiplexer.GetSubscriber();
        Action<RedisChannel, RedisValue> nothing = (_, _) => { };
        await subscriber.SubscribeAsync(channel, nothing);
        await subscriber.UnsubscribeAsync(channel, nothing);
    }

    private void Command(string name, params object[] arguments) => all.Add((name, database => database.ExecuteAsync(name, arguments)));
}
