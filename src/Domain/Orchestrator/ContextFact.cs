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

/// <summary>The facts of one event about one phase of one entity in a user's context.</summary>
public sealed record ContextFact
{
    /// <summary>The kind of entity: the part of the event type before the first dot.</summary>
    public required string Kind { get; init; }

    /// <summary>The entity's id as its producer gave it.</summary>
    public required string EntityId { get; init; }

    /// <summary>Whether it ends the entity's life. An end takes precedence over all other facts, whenever it arrives.</summary>
    public required bool IsTerminal { get; init; }

    /// <summary>The entity's version; 0 if the producer sent none.</summary>
    public required long Version { get; init; }

    /// <summary>The time of the event.</summary>
    [JsonConverter(typeof(TimestampConverter))]
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The event's id.</summary>
    public required string EventId { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>The event's payload.</summary>
    public required JsonElement Payload { get; init; }

    /// <summary>
    /// A text whose ordinal order is the order of facts of one phase: version, then time, then event id.
    /// With it the newest fact wins in any order of arrival, also with repetitions.
    /// </summary>
    [JsonIgnore]
    public string Order => string.Create(
        CultureInfo.InvariantCulture, $"{Version:D19}.{Timestamp.UtcTicks:D19}.{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(EventId))}");

    /// <summary>
    /// The fact from a file's state in storage. Without an event id it sorts before the event of the same version, which
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

    /// <summary>The fact from the state of a running command.</summary>
    /// <param name="command">The command.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(CommandRecord command)
    {
        ArgumentNullException.ThrowIfNull(command);
        return Of(command.Id, 0, command.StartedAt, new CommandStarted(command.Id, command.Name, command.SessionId, command.StartedBy));
    }

    /// <summary>The fact from the state of a running workflow.</summary>
    /// <param name="workflow">The workflow.</param>
    /// <returns>The fact.</returns>
    public static ContextFact Of(WorkflowRecord workflow)
    {
        ArgumentNullException.ThrowIfNull(workflow);
        return Of(workflow.Id, 0, workflow.TriggeredAt, new WorkflowTriggered(workflow.Id, workflow.Name, workflow.TriggeredBy));
    }

    /// <summary>The fact from the state of an open session.</summary>
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
