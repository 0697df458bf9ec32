using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Http;

/// <summary>The JSON of the HTTP API. Each feature has a context for its types.</summary>
internal static class HttpJson
{
    /// <summary>How the API reads and writes JSON.</summary>
    /// <returns>New options, since each context keeps its own.</returns>
    public static JsonSerializerOptions NewOptions() => new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // Refuse a field that occurs twice, since parsers disagree about which one counts.
        AllowDuplicateProperties = false,
        // Refuse an unknown field: it is a mistake of the client, and its value would be lost.
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new WholeNumberConverter() },
    };
}
