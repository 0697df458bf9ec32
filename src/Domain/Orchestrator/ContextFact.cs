using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Domain.Sessions;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Orchestrator;

/// <summary>What one event says of one phase of one entity in a user's context.</summary>
public sealed record ContextFact
{
    /// <summary>The kind of entity: the part of the event type before the first dot.</summary>
    public required string Kind { get; init; }

    /// <summary>The entity's id as its producer gave it.</summary>
    public required string EntityId { get; init; }

    /// <summary>Whether the entity's life ends with it. An end wins over everything else, whenever it comes.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The entity's version; 0 where the producer gave none.</summary>
    public required long Version { get; init; }

    /// <summary>When it happened.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The event's id.</summary>
    public required string EventId { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>The event's payload.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>
    /// A text whose ordinal order is the total order of facts of one phase: version, then time, then event id.
    /// With it the newest fact wins in whatever order, and however often, the events arrive.
    /// </summary>
    [JsonIgnore]
    public string Order => string.Create(
        CultureInfo.InvariantCulture, $"{Version:D19}.{Timestamp.UtcTicks:D19}.{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(EventId))}");

    /// <summary>
    /// What state in storage says of a file. Without an event id it comes before the event of the same version, which
    /// says the same.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(FileRecord file)
    {
        ArgumentNullException.ThrowIfNull(file);
        return Of(file.Id, file.Version, file.UpdatedAt, new FileUpdated(
            file.Id, file.Filename, file.Size, file.ContentType, file.Sha256, file.Version, file.UploadedBy));
    }

    /// <summary>What state in storage says of a command that runs.</summary>
    /// <param name="command">The command.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(CommandRecord command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Of(command.Id, 0, command.StartedAt, new CommandStarted(command.Id, command.Name, command.SessionId, command.StartedBy));
    }

    /// <summary>What state in storage says of a workflow that runs.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(WorkflowRecord workflow)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return Of(workflow.Id, 0, workflow.TriggeredAt, new WorkflowTriggered(workflow.Id, workflow.Name, workflow.TriggeredBy));
    }

    /// <summary>What state in storage says of a session that lives.</summary>
    /// <param name="session">The session.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(SessionRecord session)
    {
        ArgumentNullException.ThrowIfNull(session);
        return Of(session.Id, 0, session.CreatedAt, new SessionCreated(session.Id, session.UserId, session.EndsAt));
    }

    private static ContextFact Of<TPayload>(string entityId, long version, DateTimeOffset timestamp, TPayload payload)
        where TPayload : IEventPayload => new()
        {
            Kind = TPayload.EventType[..TPayload.EventType.IndexOf('.', StringComparison.Ordinal)],
            EntityId = entityId,
            IsTerminal = false,
            Version = version,
            Timestamp = timestamp,
            EventId = "",
            Type = TPayload.EventType,
            Payload = DomainEvent.Create(payload, timestamp, null, null).Payload,
        };
}
