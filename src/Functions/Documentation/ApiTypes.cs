using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Functions.Documentation;

/// <summary>The JSON types of all features, from which the documents are made.</summary>
internal sealed class ApiTypes
{
    private readonly JsonSerializerOptions json;

    /// <summary>Combines those of the features.</summary>
    /// <param name="json">How the API reads and writes JSON.</param>
    /// <param name="contexts">Describe the types.</param>
    public ApiTypes(JsonSerializerOptions json, IEnumerable<IJsonTypeInfoResolver> contexts)
    {
        this.json = json;
        json.TypeInfoResolver = JsonTypeInfoResolver.Combine([.. contexts]);
    }

    /// <summary>How a type is read and written.</summary>
    /// <param name="type">The type.</param>
    /// <exception cref="NotSupportedException">No feature describes the type.</exception>
    public JsonTypeInfo InfoOf(Type type) => json.GetTypeInfo(type);
}
