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

    /// <summary>The deepest JSON that is taken, in levels: deeper than any that means something, and so shallow that what is made of it can be read again.</summary>
    public const int MaxJsonDepth = 32;

    /// <summary>Notes JSON that is too long or too deep.</summary>
    /// <param name="json">The JSON.</param>
    /// <param name="field">The field.</param>
    /// <param name="maxBytes">How many bytes it may have.</param>
    /// <returns>This.</returns>
    public FieldErrors CheckSize(JsonElement? json, string field, int maxBytes) => json is not { } element
        ? this
        : Check(System.Text.Encoding.UTF8.GetByteCount(element.GetRawText()) <= maxBytes, field, $"At most {maxBytes} bytes of JSON.")
            .Check(IsShallow(element, MaxJsonDepth), field, $"At most {MaxJsonDepth} levels of JSON.");

    // It stands inside an event, inside a line of the audit log, inside a page of them: a reader's limit of 64 levels would meet it there.
    private static bool IsShallow(JsonElement json, int levels) => json.ValueKind switch
    {
        JsonValueKind.Object => levels > 0 && json.EnumerateObject().All(property => IsShallow(property.Value, levels - 1)),
        JsonValueKind.Array => levels > 0 && json.EnumerateArray().All(item => IsShallow(item, levels - 1)),
        _ => true,
    };
}
