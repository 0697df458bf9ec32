using System.Text.Json;

namespace McpFunctions.Domain.Events;

/// <summary>Reads fields of payloads, of which other producers may lack any or give them another type.</summary>
public static class PayloadFields
{
    /// <summary>A text field.</summary>
    /// <param name="payload">A JSON object.</param>
    /// <param name="name">The field's camelCase name.</param>
    /// <returns>Its text; null if it is absent or not a text.</returns>
    public static string? Text(this JsonElement payload, string name) =>
        payload.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    /// <summary>A whole, not negative number.</summary>
    /// <param name="payload">A JSON object.</param>
    /// <param name="name">The field's camelCase name.</param>
    /// <returns>Its value; null if it is absent or has another type.</returns>
    public static long? Number(this JsonElement payload, string name) =>
        payload.TryGetProperty(name, out JsonElement value) && WholeNumber.TryRead(value, out long number) && number >= 0 ? number : null;
}
