using System.Collections.Frozen;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Delivery;

/// <summary>
/// The table of consumers and their types of events. Each pair has a Pub/Sub function. Recovery
/// and replays use the table, and so does the documentation of events.
/// </summary>
public static class Subscriptions
{
    /// <summary>Writes the audit log.</summary>
    public const string Audit = "audit";

    /// <summary>Fills the inboxes.</summary>
    public const string Notifications = "notifications";

    /// <summary>Keeps the orchestrator's contexts.</summary>
    public const string Orchestrator = "orchestrator";

    private static readonly FrozenDictionary<string, string[]> ByType = new Dictionary<string, string[]>
    {
        [EventTypes.FileUploaded] = [Audit, Notifications, Orchestrator],
        [EventTypes.FileUpdated] = [Audit, Notifications, Orchestrator],
        [EventTypes.FileDeleted] = [Audit, Notifications, Orchestrator],
        [EventTypes.CommandStarted] = [Audit, Notifications, Orchestrator],
        [EventTypes.CommandCompleted] = [Audit, Notifications, Orchestrator],
        [EventTypes.CommandFailed] = [Audit, Notifications, Orchestrator],
        [EventTypes.SessionCreated] = [Audit, Orchestrator],
        [EventTypes.SessionExpired] = [Audit, Notifications, Orchestrator],
        [EventTypes.AuthLogin] = [Audit, Notifications],
        [EventTypes.AuthLogout] = [Audit],
        [EventTypes.AuthFailed] = [Audit],
        [EventTypes.ApiKeyCreated] = [Audit, Notifications],
        [EventTypes.ApiKeyRevoked] = [Audit, Notifications],
        [EventTypes.WorkflowTriggered] = [Audit, Notifications, Orchestrator],
        [EventTypes.WorkflowCompleted] = [Audit, Notifications, Orchestrator],
        [EventTypes.SystemHealthDegraded] = [Audit, Notifications],
        [EventTypes.SystemHealthRestored] = [Audit, Notifications],
    }.ToFrozenDictionary();

    /// <summary>The names of all consumers.</summary>
    public static IReadOnlyList<string> Consumers { get; } = [Audit, Notifications, Orchestrator];

    /// <summary>Whether a consumer takes a type of event.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="type">The type of event, of any producer.</param>
    /// <returns>False also for a consumer or a type that there is not.</returns>
    public static bool Takes(string consumer, string type) => ByType.TryGetValue(type, out string[]? consumers) && consumers.Contains(consumer);

    /// <summary>The types that a consumer takes.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <returns>Those types, in the order of <see cref="EventTypes.All"/>.</returns>
    public static IReadOnlyList<string> TypesOf(string consumer) => [.. EventTypes.All.Where(type => Takes(consumer, type))];

    /// <summary>The consumers that take a type.</summary>
    /// <param name="type">One of <see cref="EventTypes"/>.</param>
    /// <returns>Their names; none for a type that there is not.</returns>
    public static IReadOnlyList<string> ConsumersOf(string type) => ByType.GetValueOrDefault(type, []);
}
