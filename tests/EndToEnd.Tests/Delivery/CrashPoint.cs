namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>A step of delivery at which the process dies: one call to a store.</summary>
/// <param name="Step">The name of the step.</param>
/// <param name="Way">How the test brings the gateway there.</param>
/// <param name="Verb">The verb of the call, as <see cref="ProxiedCall.Is"/> takes it.</param>
/// <param name="Texts">Texts in the call; <c>{user}</c> stands for the id of the event's user.</param>
internal sealed record CrashPoint(string Step, CrashWay Way, string Verb, params string[] Texts)
{
    private const string User = "{user}";

    // The notifications' consumer. A dead letter is matched by it, because the event in the row is binary.
    private const string Consumer = "notifications";

    private const string Uploads = "{events}:journal:file.uploaded";

    /// <summary>A call that must come before; null when the first matching call counts.</summary>
    public (string Verb, string[] Texts)? After { get; init; }

    /// <summary>Whether the call only reads. Then the process dies only before the store gets the call.</summary>
    public bool IsOnlyAsked => Verb == "GET";

    /// <summary>Every step of publish, delivery, relay, recovery, replay, retry and rebuild that writes something, and the first reads.</summary>
    public static IReadOnlyList<CrashPoint> All { get; } =
    [
        new("publish: the outbox entry", CrashWay.Upload, "POST", "/Pending", User),
        new("publish: the transaction", CrashWay.Upload, "BATCH", "/Gateway", User),
        new("publish: the abort marker of a transaction that never arrived", CrashWay.LostTransaction, "POST", "/Gateway", User),
        new("publish: the abort marker of a transaction that committed", CrashWay.LostResponse, "POST", "/Gateway", User),
        new("publish: the event in place of the abort marker", CrashWay.LostResponse, "GET", "/Gateway(", "RowKey='event:", User),
        new("publish: the outbox entry of a refused change is deleted", CrashWay.Conflict, "DELETE", "/Pending"),
        new("publish: journal and channel", CrashWay.Upload, "EVALSHA", "{events}:journal", "events:file.uploaded", User),

        new("delivery: the doorbell", CrashWay.Upload, "EVALSHA", "{events}:journal", "{events}:published", "!events:file.uploaded", User),
        new("delivery: the audit line", CrashWay.Upload, "POST|BATCH", "/Audit", User),
        new("delivery: the notification", CrashWay.Upload, "EVALSHA", ":inbox:entries", User),
        new("delivery: the context", CrashWay.Upload, "EVALSHA", ":context:tombstones", User),
        new("delivery: the entry is acknowledged", CrashWay.Upload, "XACK", Uploads, Consumer),
        new("delivery: the entry of a failed event is handed back", CrashWay.Recover, "EVALSHA", Uploads, Consumer, "!{events}:published", "!{events}:trimmed", "!~failed", "!1048576"),

        new("relay: the outbox entries", CrashWay.Relay, "GET", "/Pending"),
        new("relay: the event", CrashWay.Relay, "GET", "/Gateway", "RowKey ge 'event:", User),
        new("relay: the abort marker of a transaction that never arrived", CrashWay.RelayUnsettled, "POST", "/Gateway", User),
        new("relay: the log line of an abort marker", CrashWay.RelayUnsettled, "BATCH", "/Log", User),
        new("relay: the outbox entry of an abort marker is deleted", CrashWay.RelayUnsettled, "BATCH", "/Pending") { After = ("BATCH", ["/Log", User]) },
        new("relay: the log line", CrashWay.Relay, "BATCH", "/Log", User),
        new("relay: journal and channel", CrashWay.RelayUnpublished, "EVALSHA", "{events}:journal", "events:file.uploaded", User),
        new("relay: the outbox entry is deleted", CrashWay.Relay, "BATCH", "/Pending"),
        new("relay: the journal is trimmed", CrashWay.Relay, "EVALSHA", "{events}:trimmed", "MINID"),

        new("recovery: the group", CrashWay.GroupLoss, "XGROUP", Uploads, Consumer),
        new("recovery: low watermark and epoch in storage", CrashWay.Recover, "BATCH", "/Consumers(", Consumer),
        new("recovery: the epoch in Redis", CrashWay.Recover, "EVALSHA", "{events}:epoch:notifications"),
        new("recovery: the replay after Redis lost data", CrashWay.RedisLoss, "BATCH", "/Replays", Consumer),
        new("recovery: low watermark and epoch after Redis lost data", CrashWay.RedisLoss, "BATCH", "/Consumers(", Consumer) { After = ("BATCH", ["/Replays", Consumer]) },
        new("recovery: an entry is claimed", CrashWay.Recover, "EVALSHA", Uploads, Consumer, "~failed"),
        new("recovery: the audit line", CrashWay.Recover, "POST|BATCH", "/Audit", User),
        new("recovery: the notification", CrashWay.Recover, "EVALSHA", ":inbox:entries", User),
        new("recovery: the context", CrashWay.Recover, "EVALSHA", ":context:tombstones", User),
        new("recovery: the entry is acknowledged", CrashWay.Recover, "XACK", Uploads, Consumer),
        new("recovery: the notification of the next attempt", CrashWay.RecoverFailing, "EVALSHA", ":inbox:entries", User),
        new("recovery: the dead letter", CrashWay.DeadLetter, "POST", "/DeadLetters", Consumer),
        new("recovery: the dead letter's entry is acknowledged", CrashWay.DeadLetter, "XACK", Uploads, Consumer) { After = ("POST", ["/DeadLetters", Consumer]) },

        new("replay: the job", CrashWay.Replay, "BATCH", "/Replays", Consumer),
        new("replay: the log", CrashWay.Replay, "GET", "/Log"),
        new("replay: the notification", CrashWay.Replay, "EVALSHA", ":inbox:entries", User),
        new("replay: the attempt", CrashWay.Replay, "BATCH", "/Replays("),
        new("replay: the cursor", CrashWay.Replay, "BATCH", "/Replays(") { After = ("EVALSHA", [":inbox:entries", User]) },

        new("retry: the audit line of the operator's request", CrashWay.Retry, "POST|BATCH", "/Audit", "dead-letters.retry"),
        new("retry: the notification", CrashWay.Retry, "EVALSHA", ":inbox:entries", User),
        new("retry: the dead letter is deleted", CrashWay.Retry, "DELETE", "/DeadLetters("),
        new("retry: another failure in its history", CrashWay.RetryFailing, "PUT", "/DeadLetters("),

        new("rebuild: the inbox is started", CrashWay.Rebuild, "HSET", ":inbox:meta", "_rebuilding", User),
        new("rebuild: the events", CrashWay.Rebuild, "GET", "/Gateway", "RowKey ge 'event:", User),
        new("rebuild: a notification", CrashWay.Rebuild, "EVALSHA", ":inbox:entries", User),
        new("rebuild: the inbox is complete", CrashWay.Rebuild, "EVALSHA", ":inbox:meta", "!:inbox:entries", User),
        new("rebuild: the context is started", CrashWay.Rebuild, "HSET", ":context", "_rebuilding", User),
        new("rebuild: the context", CrashWay.Rebuild, "EVALSHA", ":context:tombstones", User),
        new("rebuild: the context is complete", CrashWay.Rebuild, "EVALSHA", ":context", "!:context:tombstones", User),
    ];

    /// <summary>Whether a call is the call of this step.</summary>
    public bool IsAt(ProxiedCall call, GatewayUser user) => call.Is(Verb, Texts.Select(text => text.Replace(User, user.Id, StringComparison.Ordinal)));

    /// <summary>Whether a call is the one that must come before.</summary>
    public bool IsBefore(ProxiedCall call, GatewayUser user) =>
        After is { } after && call.Is(after.Verb, after.Texts.Select(text => text.Replace(User, user.Id, StringComparison.Ordinal)));
}
