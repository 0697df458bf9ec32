using System.Text.Json;

namespace McpFunctions.Domain;

/// <summary>Gathers what is wrong with the fields of a request, so that a caller learns all of it at once.</summary>
public sealed class FieldErrors
{
    private readonly Dictionary<string, string[]> errors = [];

    /// <summary>What was found; null where all is well.</summary>
    public Failure? Failure => errors.Count == 0 ? null : new Failure.Rejected(errors);

    /// <summary>Notes a problem of a field.</summary>
    /// <param name="isGood">Whether there is none.</param>
    /// <param name="field">The field.</param>
    /// <param name="problem">What is wrong and what to do.</param>
    /// <returns>This.</returns>
    public FieldErrors Check(bool isGood, string field, string problem)
    {
        if (!isGood)
        {
            errors[field] = [problem];
        }

        return this;
    }

    /// <summary>Notes JSON that is too long.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="field">The field.</param>
    /// <param name="maxBytes">How many bytes it may have.</param>
    /// <returns>This.</returns>
    public FieldErrors CheckSize(JsonElement? json, string field, int maxBytes) =>
        Check(json is not { } element || System.Text.Encoding.UTF8.GetByteCount(element.GetRawText()) <= maxBytes, field, $"At most {maxBytes} bytes of JSON.");
}
