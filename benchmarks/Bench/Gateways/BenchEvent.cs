using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Auth;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Health;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Workflows;
using McpFunctions.Functions.Outbox;

namespace McpFunctions.Bench.Gateways;

/// <summary>An event, ready to be published: what its making costs is not measured with its delivery.</summary>
/// <param name="Event">The event.</param>
/// <param name="User">Its user.</param>
/// <param name="Body">Its JSON.</param>
/// <param name="Marker">The value of its published marker.</param>
internal sealed record BenchEvent(DomainEvent Event, string User, byte[] Body, string Marker)
{
    /// <summary>One type that all three consumers take.</summary>
    public static IReadOnlyList<string> OneType { get; } = [EventTypes.FileUploaded];

    private static readonly string Sha256 = new('a', 64);

    /// <summary>The consumers that take it.</summary>
    public IReadOnlyList<string> Consumers => Subscriptions.ConsumersOf(Event.Type);

    /// <summary>Makes events, the types in turn and the users in turn.</summary>
    public static BenchEvent[] Make(int count, IReadOnlyList<string> types, int users, string prefix = "bench")
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        // All types in turn, then the next user: each user gets each type.
        return [.. Enumerable.Range(0, count).Select(number => Make(types[number % types.Count], UserOf(prefix, number / types.Count % users), now))];
    }

    /// <summary>The id of a user. A GUID stands in Redis keys as it is, like those of the gateway's own users.</summary>
    public static string UserOf(string prefix, int number) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}")))[..16]).ToString();

    /// <summary>Makes one event.</summary>
    public static BenchEvent Make(string type, string user, DateTimeOffset time)
    {
        DomainEvent made = Of(type, Guid.CreateVersion7(time).ToString(), user, time);
        byte[] body = EventParser.Write(made);
        return new BenchEvent(made, user, body, RedisJournal.MarkOf(body));
    }

    private static DomainEvent Of(string type, string id, string user, DateTimeOffset time) => type switch
    {
        EventTypes.FileUploaded => Create(new FileUploaded(id, "report.pdf", 1_024, "application/pdf", Sha256, 1, user), time, user),
        EventTypes.FileUpdated => Create(new FileUpdated(id, "report.pdf", 2_048, "application/pdf", Sha256, 2, user), time, user),
        EventTypes.FileDeleted => Create(new FileDeleted(id, "report.pdf", 3, user), time, user),
        EventTypes.CommandStarted => Create(new CommandStarted(id, "summarize", id, user), time, user),
        EventTypes.CommandCompleted => Create(new CommandCompleted(id, "summarize", id, user, 187, JsonElement.Parse("""{"words":187}""")), time, user),
        EventTypes.CommandFailed => Create(new CommandFailed(id, "summarize", id, user, 187, "The tool ended."), time, user),
        EventTypes.SessionCreated => Create(new SessionCreated(id, user, time.AddHours(12)), time, user),
        EventTypes.SessionExpired => Create(new SessionExpired(id, user, time, "idle"), time, user),
        EventTypes.AuthLogin => Create(new AuthLogin(user, user, "password", id), time, user),
        EventTypes.AuthLogout => Create(new AuthLogout(user, user, "password", id), time, user),
        EventTypes.AuthFailed => Create(new AuthFailed(user, user, "password", null, "wrong-password"), time, user),
        EventTypes.ApiKeyCreated => Create(new ApiKeyCreated(id, "agent", ["commands:write"], null, user), time, user),
        EventTypes.ApiKeyRevoked => Create(new ApiKeyRevoked(id, "agent", ["commands:write"], null, user), time, user),
        EventTypes.WorkflowTriggered => Create(new WorkflowTriggered(id, "nightly-report", user), time, user),
        EventTypes.WorkflowCompleted => Create(new WorkflowCompleted(id, "nightly-report", user, "succeeded", 187), time, user),
        EventTypes.SystemHealthDegraded => Create(new HealthDegraded("blobs", "healthy", "degraded", null), time, user),
        EventTypes.SystemHealthRestored => Create(new HealthRestored("blobs", "degraded", "healthy", null), time, user),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type of event."),
    };

    private static DomainEvent Create<TPayload>(TPayload payload, DateTimeOffset time, string user)
        where TPayload : IEventPayload => DomainEvent.Create(payload, time, user, null);
}
