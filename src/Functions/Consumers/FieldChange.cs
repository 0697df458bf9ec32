using System.Text.Json.Nodes;

namespace McpFunctions.Functions.Consumers;

/// <summary>A field that an operator has changed.</summary>
/// <param name="Field">Its path, for example <c>payload.fileId</c>.</param>
/// <param name="Before">Its JSON before, cut to 200 characters; absent if it is new.</param>
/// <param name="After">Its JSON after, cut to 200 characters; absent if it was removed.</param>
public sealed record FieldChange(string Field, string? Before, string? After)
{
    private const int MaxChanges = 20;
    private const int MaxLength = 200;

    /// <summary>Compares two JSON texts.</summary>
    /// <param name="before">The text before; null if there is none.</param>
    /// <param name="after">The text after.</param>
    /// <returns>The changed fields by name, at most twenty. An array counts as one field.</returns>
    public static IReadOnlyList<FieldChange> Between(ReadOnlySpan<byte> before, ReadOnlySpan<byte> after)
    {
        Dictionary<string, string> old = before.IsEmpty ? [] : Fields("", JsonNode.Parse(before)).ToDictionary();
        Dictionary<string, string> changed = Fields("", JsonNode.Parse(after)).ToDictionary();
        return
        [
            .. old.Keys.Union(changed.Keys)
                .Where(field => old.GetValueOrDefault(field) != changed.GetValueOrDefault(field))
                .Order(StringComparer.Ordinal)
                .Take(MaxChanges)
                .Select(field => new FieldChange(field, Cut(old.GetValueOrDefault(field)), Cut(changed.GetValueOrDefault(field)))),
        ];
    }

    private static IEnumerable<KeyValuePair<string, string>> Fields(string path, JsonNode? node) =>
        node is JsonObject { Count: > 0 } fields
            ? fields.SelectMany(field => Fields(path.Length == 0 ? field.Key : $"{path}.{field.Key}", field.Value))
            : [KeyValuePair.Create(path, node?.ToJsonString() ?? "null")];

    private static string? Cut(string? text) => text is { Length: > MaxLength } ? text[..MaxLength] : text;
}
