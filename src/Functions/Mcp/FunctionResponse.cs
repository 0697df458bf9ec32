using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Mcp;

/// <summary>The response of a function that was called inside the gateway.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">The headers.</param>
/// <param name="Body">The body.</param>
internal sealed record FunctionResponse(int Status, IHeaderDictionary Headers, byte[] Body)
{
    /// <summary>The body as JSON.</summary>
    public JsonElement Json()
    {
        var reader = new Utf8JsonReader(Body);
        return JsonElement.ParseValue(ref reader);
    }
}
