namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>The names of calls of storage in docs/calls.md.</summary>
internal static class StorageCallNames
{
    private const string OutboxEntry = "outbox entry";

    // Names by a part of the call's text. The first match counts.
    private static readonly (string Part, string Name)[] s_rows =
    [
        ("/Pending", OutboxEntry), ("/Log", "log"), ("/Audit", "audit row"), ("/DeadLetters", "dead letter"), ("/Replays", "replay"),
        ("/Consumers", "consumer state"), ("/SessionExpiry", "session expiry"), ("/IdempotencyExpiry", "idempotency expiry"),
        ("'lockout:", "lockout"), ("'username:", "name"), ("'profile", "profile"), ("'session:", "session"), ("'file:", "file"), ("'hist:", "history"),
        ("'event:", "event"), ("'command:", "command"), ("'workflow:", "workflow"), ("'apikey:", "API key"), ("'usage:", "counts"), ("'health:", "health"), ("'deletion:", "deletion"),
    ];

    /// <summary>Returns the name of a call.</summary>
    public static string Of(ProxiedCall call)
    {
        if (call.Verb == "BATCH")
        {
            return "transaction";
        }
        var name = s_rows.FirstOrDefault(row => call.Text.Contains(row.Part, StringComparison.Ordinal)).Name;
        return name is null ? call.Text.Contains("/files/", StringComparison.Ordinal) ? "blob" : $"{call.Verb} {call.Text.Split(' ')[0]}"
            : name == OutboxEntry || call.Verb == "GET" ? name
            : call.Verb == "DELETE" ? $"delete of {name}"
            : $"write of {name}";
    }
}
