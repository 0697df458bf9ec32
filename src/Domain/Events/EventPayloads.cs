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
            type => Static<string>(type, nameof(IEventPayload.EventType)), type => Static<JsonTypeInfo>(type, nameof(IEventPayload.TypeInfo)));

    /// <summary>How the envelope is written.</summary>
    public static JsonTypeInfo Envelope => EventJsonContext.Wire.DomainEvent;

    private static T Static<T>(Type type, string property) => (T)type.GetProperty(property, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}
