using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Domain.Events;

/// <summary>The payload records of all events.</summary>
public static class EventPayloads
{
    /// <summary>How the payload of each type of event is written; the record is its <see cref="JsonTypeInfo.Type"/>.</summary>
    public static IReadOnlyDictionary<string, JsonTypeInfo> ByType { get; } = typeof(EventPayloads).Assembly.GetTypes()
        .Where(type => !type.IsInterface && type.IsAssignableTo(typeof(IEventPayload)))
        .ToFrozenDictionary(
            type => (string)type.GetProperty(nameof(IEventPayload.EventType), BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!,
            type => EventJsonContext.Wire.GetTypeInfo(type) ?? throw new InvalidOperationException($"{nameof(EventJsonContext)} does not describe {type}."));

    /// <summary>How the envelope is written.</summary>
    public static JsonTypeInfo Envelope => EventJsonContext.Wire.DomainEvent;
}
