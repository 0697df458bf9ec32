namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>A step at which the process dies: at a call to a store, before the store has it, or before its answer is back.</summary>
/// <param name="Step">What delivery is doing.</param>
/// <param name="Way">What brings the gateway there.</param>
/// <param name="Verb">Of the call, as <see cref="ProxiedCall.Is"/> takes it.</param>
/// <param name="Texts">Of the call; <c>{user}</c> stands for the id of the user whose event it is.</param>
internal sealed record CrashPoint(string Step, CrashWay Way, string Verb, params string[] Texts)
{
    private const string User = "{user}";

    // That of the notifications: a dead letter's event is binary, its consumer is not.
    private const string Consumer = "notifications";

    /// <summary>A call that comes before; null where the first one like this is meant.</summary>
    public (string Verb, string[] Texts)? After { get; init; }

    /// <summary>Whether the store's answer makes no difference: then the process dies once, before the store has the call.</summary>
    public bool IsOnlyAsked => Verb == "GET";

    /// <summary>Every step of publish, delivery, relay, recovery, replay, retry and rebuild that leaves something behind, and what is read first.</summary>
    public static IReadOnlyList<CrashPoint> All { get; } =
    [
        new("publish: the pointer", CrashWay.Upload, "POST", "/Pending", User),
        new("publish: the transaction", CrashWay.Upload, "BATCH", "/Gateway", User),
        new("publish: the fence of a transaction that never arrived", CrashWay.LostTransaction, "POST", "/Gateway", User),
        new("publish: the fence of a transaction that committed", CrashWay.LostResponse, "POST", "/Gateway", User),
        new("publish: what stands in the fence's place", CrashWay.LostResponse, "GET", "/Gateway(", "RowKey='event:", User),
        new("publish: the pointer of what was refused goes", CrashWay.Conflict, "DELETE", "/Pending"),
        new("publish: journal and channel", CrashWay.Upload, "EVALSHA", "{events}:journal", "events:file.uploaded", User),

        new("delivery: the audit line", CrashWay.Upload, "POST|BATCH", "/Audit", User),
        new("delivery: the audit line is marked done", CrashWay.Upload, "SADD", "{events}:done:audit"),
        new("delivery: the notification", CrashWay.Upload, "EVALSHA", ":inbox:entries", User),
        new("delivery: the context", CrashWay.Upload, "EVALSHA", ":context:tombstones", User),

        new("relay: the pointers", CrashWay.Relay, "GET", "/Pending"),
        new("relay: the event", CrashWay.Relay, "GET", "/Gateway", "RowKey ge 'event:", User),
        new("relay: the fence of a transaction that never arrived", CrashWay.RelayUnsettled, "POST", "/Gateway", User),
        new("relay: the line of a fence in the log", CrashWay.RelayUnsettled, "BATCH", "/Log", User),
        new("relay: the pointer of a fence goes", CrashWay.RelayUnsettled, "BATCH", "/Pending") { After = ("BATCH", ["/Log", User]) },
        new("relay: the line in the log", CrashWay.Relay, "BATCH", "/Log", User),
        new("relay: journal and channel", CrashWay.RelayUnpublished, "EVALSHA", "{events}:journal", "events:file.uploaded", User),
        new("relay: the pointer goes", CrashWay.Relay, "BATCH", "/Pending"),
        new("relay: the journal is trimmed", CrashWay.Relay, "EVALSHA", "{events}:trimmed", "MINID"),

        new("recovery: the group", CrashWay.Recover, "XGROUP", Consumer),
        new("recovery: mark and beat in storage", CrashWay.Recover, "PUT", "/Consumers(", Consumer),
        new("recovery: the beat in Redis", CrashWay.Recover, "EVALSHA", "{events}:beat:notifications"),
        new("recovery: Redis's loss is noted as a replay", CrashWay.RedisLoss, "POST", "/Replays", Consumer),
        new("recovery: mark and beat after a loss", CrashWay.RedisLoss, "PUT", "/Consumers(", Consumer) { After = ("POST", ["/Replays", Consumer]) },
        new("recovery: entries are claimed", CrashWay.Recover, "XREADGROUP", Consumer),
        new("recovery: an attempt is counted", CrashWay.Recover, "HINCRBY", "{events}:attempts:notifications"),
        new("recovery: the audit line", CrashWay.Recover, "POST|BATCH", "/Audit", User),
        new("recovery: the audit line is marked done", CrashWay.Recover, "SADD", "{events}:done:audit"),
        new("recovery: the notification", CrashWay.Recover, "EVALSHA", ":inbox:entries", User),
        new("recovery: the context", CrashWay.Recover, "EVALSHA", ":context:tombstones", User),
        new("recovery: the entry is acknowledged", CrashWay.Recover, "EXEC") { After = ("XACK", [Consumer]) },
        new("recovery: the time of the next try", CrashWay.RecoverFailing, "ZADD", "{events}:retry:notifications"),
        new("recovery: the dead letter", CrashWay.DeadLetter, "POST", "/DeadLetters", Consumer),
        new("recovery: the dead letter's entry is acknowledged", CrashWay.DeadLetter, "EXEC") { After = ("XACK", [Consumer]) },

        new("replay: the job", CrashWay.Replay, "POST", "/Replays", Consumer),
        new("replay: the log", CrashWay.Replay, "GET", "/Log"),
        new("replay: the notification", CrashWay.Replay, "EVALSHA", ":inbox:entries", User),
        new("replay: the attempt", CrashWay.Replay, "PUT", "/Replays("),
        new("replay: the cursor", CrashWay.Replay, "PUT", "/Replays(") { After = ("EVALSHA", [":inbox:entries", User]) },

        new("retry: the operator's act in the audit log", CrashWay.Retry, "POST|BATCH", "/Audit", "dead-letters.retry"),
        new("retry: the notification", CrashWay.Retry, "EVALSHA", ":inbox:entries", User),
        new("retry: the dead letter goes", CrashWay.Retry, "DELETE", "/DeadLetters("),
        new("retry: another failure in its history", CrashWay.RetryFailing, "PUT", "/DeadLetters("),

        new("rebuild: the inbox is begun", CrashWay.Rebuild, "HSET", ":inbox:meta", "_rebuilding", User),
        new("rebuild: the events", CrashWay.Rebuild, "GET", "/Gateway", "RowKey ge 'event:", User),
        new("rebuild: a notification", CrashWay.Rebuild, "EVALSHA", ":inbox:entries", User),
        new("rebuild: the inbox is whole", CrashWay.Rebuild, "EVALSHA", ":inbox:meta", "!:inbox:entries", User),
        new("rebuild: the context is begun", CrashWay.Rebuild, "HSET", ":context", "_rebuilding", User),
        new("rebuild: the context", CrashWay.Rebuild, "EVALSHA", ":context:tombstones", User),
        new("rebuild: the context is whole", CrashWay.Rebuild, "EVALSHA", ":context", "!:context:tombstones", User),
    ];

    /// <summary>Whether a call is this step's.</summary>
    public bool IsAt(ProxiedCall call, GatewayUser user) => call.Is(Verb, Texts.Select(text => text.Replace(User, user.Id, StringComparison.Ordinal)));

    /// <summary>Whether a call is the one that comes before.</summary>
    public bool IsBefore(ProxiedCall call, GatewayUser user) =>
        After is { } after && call.Is(after.Verb, after.Texts.Select(text => text.Replace(User, user.Id, StringComparison.Ordinal)));
}
