using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.ApiKeys;

/// <summary>The JSON of requests, responses and rows.</summary>
[JsonSerializable(typeof(CreateApiKeyRequest))]
[JsonSerializable(typeof(IssuedApiKeyResponse))]
[JsonSerializable(typeof(Page<ApiKeyRecord>))]
[JsonSerializable(typeof(ApiKeyRow))]
[JsonSerializable(typeof(ApiKeyOwner))]
[JsonSerializable(typeof(IdempotencyRow<ApiKeyRecord>))]
internal sealed partial class ApiKeyJsonContext : JsonSerializerContext
{
    /// <summary>The context with the options of the API.</summary>
    public static ApiKeyJsonContext Api { get; } = new(HttpJson.NewOptions());
}
