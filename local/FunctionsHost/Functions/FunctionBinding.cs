using System.Text.Json;

namespace McpFunctions.Local.FunctionsHost.Functions;

/// <summary>One binding of a function. Reads its JSON, since the typed message has fewer fields.</summary>
internal sealed class FunctionBinding
{
    private readonly JsonElement _json;

    /// <exception cref="JsonException">The text is not a binding.</exception>
    public FunctionBinding(string json)
    {
        using var document = JsonDocument.Parse(json);
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("A binding must be a JSON object.");
        _json = document.RootElement.Clone();
        Name = Text("name") ?? throw new JsonException("A binding must have a name.");
        Type = Text("type") ?? throw new JsonException("A binding must have a type.");
    }

    public string Name { get; }

    public string Type { get; }

    public JsonElement Json => _json;

    public bool IsTrigger => Type.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase);

    public bool IsOutput => Is("direction", "out");

    public bool IsType(string type) => Type.Equals(type, StringComparison.OrdinalIgnoreCase);

    public string? Text(string property) => Property(property) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public bool Is(string property, string value) => string.Equals(Text(property), value, StringComparison.OrdinalIgnoreCase);

    public bool Flag(string property, bool fallback = false) =>
        Property(property)?.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => fallback,
        };

    public IReadOnlyList<string>? Texts(string property) =>
        Property(property) is { ValueKind: JsonValueKind.Array } value
            ? [.. value.EnumerateArray().Select(item => item.GetString() ?? "")]
            : null;

    private JsonElement? Property(string name)
    {
        foreach (var property in _json.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }
}
