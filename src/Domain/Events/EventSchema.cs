using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Domain.Events;

/// <summary>The fields of the envelope, or of the payload of one type of event. Fields that are not among them are ignored.</summary>
internal sealed class EventSchema
{
    private readonly EventField[] fields;

    private EventSchema(JsonTypeInfo info) => fields = [.. info.Properties.Select(EventField.Of)];

    /// <summary>The envelope.</summary>
    public static EventSchema Envelope { get; } = Of(EventPayloads.Envelope);

    /// <summary>The envelope's metadata.</summary>
    public static EventSchema Metadata { get; } = Envelope.Field("metadata").Nested!;

    /// <summary>The payload of each type of event.</summary>
    public static FrozenDictionary<string, EventSchema> Payloads { get; } =
        EventPayloads.ByType.ToFrozenDictionary(payload => payload.Key, payload => Of(payload.Value));

    /// <summary>The fields of a record.</summary>
    public static EventSchema Of(JsonTypeInfo info) => new(info);

    /// <summary>A field.</summary>
    /// <param name="name">Its camelCase name.</param>
    public EventField Field(string name) => Array.Find(fields, field => field.Name == name)!;

    /// <summary>Notes every field that is missing or of the wrong form.</summary>
    /// <param name="json">A JSON object.</param>
    /// <param name="prefix">The prefix of field names in messages.</param>
    /// <param name="problems">Where to note it.</param>
    public void Check(JsonElement json, string prefix, EventProblems problems)
    {
        foreach (EventField field in fields)
        {
            field.Check(json, prefix, problems);
        }
    }
}
