using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Functions.Storage;

/// <summary>The JSON of state rows and Redis entries. It has the same form as events, so that both read alike in a storage browser.</summary>
public sealed class StoredJson
{
    private readonly JsonSerializerOptions options = NewOptions();

    /// <summary>Combines the contexts of the features.</summary>
    /// <param name="contexts">The contexts that describe the rows.</param>
    public StoredJson(params IEnumerable<IJsonTypeInfoResolver> contexts) => options.TypeInfoResolver = JsonTypeInfoResolver.Combine([.. contexts]);

    /// <summary>How stored JSON is read and written.</summary>
    /// <returns>New options, since each context keeps its own.</returns>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>How a type is read and written.</summary>
    /// <param name="type">The type of a row.</param>
    /// <returns>Its description.</returns>
    /// <exception cref="NotSupportedException">No feature describes the type.</exception>
    public JsonTypeInfo InfoOf(Type type) => options.GetTypeInfo(type);
}
