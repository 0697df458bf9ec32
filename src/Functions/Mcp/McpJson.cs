using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>The JSON of the protocol, as the SDK reads and writes it.</summary>
internal static class McpJson
{
    /// <summary>How a type of the protocol is read and written.</summary>
    public static JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(T));
}
