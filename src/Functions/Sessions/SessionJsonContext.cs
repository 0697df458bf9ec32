using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.Credentials;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Identity;

namespace McpFunctions.Functions.Sessions;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(Page<SessionResponse>))]
[JsonSerializable(typeof(SessionRecord))]
internal sealed partial class SessionJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static SessionJsonContext Api { get; } = new(HttpJson.NewOptions());
}
