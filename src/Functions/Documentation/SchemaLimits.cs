using System.Text.Json.Nodes;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Functions.Documentation;

/// <summary>The limits of texts and numbers in requests, responses and events, which C#'s types do not express.</summary>
internal sealed class SchemaLimits
{
    // Properties of requests are nullable in C#, so that a 400 can name a missing one. Only these are optional.
    private readonly HashSet<(Type Type, string Property)> optional = [];
    private readonly Dictionary<(Type Type, string Property), JsonObject> limits = [];

    /// <summary>Joins the limits of the features.</summary>
    /// <param name="features">The limits.</param>
    /// <returns>All of them.</returns>
    public static SchemaLimits Join(IEnumerable<SchemaLimits> features)
    {
        var all = new SchemaLimits();
        foreach (SchemaLimits feature in features)
        {
            all.optional.UnionWith(feature.optional);
            foreach ((var property, JsonObject limit) in feature.limits)
            {
                all.limits.Add(property, limit);
            }
        }

        return all;
    }

    /// <summary>Says that a request may leave a property out.</summary>
    /// <typeparam name="T">The request.</typeparam>
    /// <param name="property">The property.</param>
    /// <returns>These limits.</returns>
    public SchemaLimits Optional<T>(string property)
    {
        optional.Add((typeof(T), property));
        return this;
    }

    /// <summary>Adds the limits of a property.</summary>
    /// <typeparam name="T">The type.</typeparam>
    /// <param name="property">The property.</param>
    /// <param name="limit">Its limits, as keywords of JSON Schema.</param>
    /// <returns>These limits.</returns>
    public SchemaLimits Add<T>(string property, JsonObject limit)
    {
        limits.Add((typeof(T), property), limit);
        return this;
    }

    /// <summary>Whether a request may leave a property out.</summary>
    public bool IsOptional(Type type, string property) => optional.Contains((type, property));

    /// <summary>The limits of a property.</summary>
    public JsonObject? Of(Type type, string property) => limits.GetValueOrDefault((type, property));

    /// <summary>A text.</summary>
    public static JsonObject Text(int min, int? max = null, string? pattern = null)
    {
        var text = new JsonObject();
        if (min > 0)
        {
            text["minLength"] = min;
        }

        if (max is not null)
        {
            text["maxLength"] = max;
        }

        if (pattern is not null)
        {
            text["pattern"] = pattern;
        }

        return text;
    }

    /// <summary>A password.</summary>
    public static JsonObject Password(int min)
    {
        JsonObject text = Text(min, IPasswords.MaxLength);
        text["format"] = "password";
        return text;
    }

    /// <summary>A text of a format.</summary>
    public static JsonObject Format(string format) => new() { ["format"] = format };

    /// <summary>A property that clients should no longer use.</summary>
    public static JsonObject Deprecated() => new() { ["deprecated"] = true };

    /// <summary>A number.</summary>
    public static JsonObject AtLeast(int min) => new() { ["minimum"] = min };

    /// <summary>The methods of sign-in that this gateway writes.</summary>
    public static JsonObject KnownMethods() => Known(CredentialMethods.Password, CredentialMethods.Token, CredentialMethods.ApiKey);

    /// <summary>The texts that this gateway writes. Other producers may write other texts.</summary>
    public static JsonObject Known(params IReadOnlyList<string> values) => new() { ["examples"] = Values(values) };

    /// <summary>One of some texts.</summary>
    public static JsonObject OneOf(params IReadOnlyList<string> values) => new() { ["enum"] = Values(values) };

    /// <summary>A list of some texts.</summary>
    public static JsonObject SomeOf(int min, IReadOnlyList<string> values) => new()
    {
        ["minItems"] = min,
        ["items"] = new JsonObject { ["type"] = "string", ["enum"] = Values(values) },
    };

    private static JsonArray Values(IReadOnlyList<string> values) => [.. values.Select(value => JsonValue.Create(value))];
}
