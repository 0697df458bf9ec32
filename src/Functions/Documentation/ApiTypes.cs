using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Functions.Documentation;

/// <summary>The JSON types of all features and the limits of their properties, from which the documents are made.</summary>
internal sealed class ApiTypes
{
    private readonly JsonSerializerOptions json;

    /// <summary>Combines those of the features.</summary>
    /// <param name="json">How the API reads and writes JSON.</param>
    /// <param name="contexts">Describe the types.</param>
    /// <param name="limits">The limits of their properties.</param>
    public ApiTypes(JsonSerializerOptions json, IEnumerable<IJsonTypeInfoResolver> contexts, IEnumerable<SchemaLimits> limits)
    {
        this.json = json;
        json.TypeInfoResolver = JsonTypeInfoResolver.Combine([.. contexts]);
        Limits = SchemaLimits.Join(limits);
    }

    /// <summary>The limits of all properties.</summary>
    public SchemaLimits Limits { get; }

    /// <summary>How a type is read and written.</summary>
    /// <param name="type">The type.</param>
    /// <exception cref="NotSupportedException">No feature describes the type.</exception>
    public JsonTypeInfo InfoOf(Type type) => json.GetTypeInfo(type);
}
