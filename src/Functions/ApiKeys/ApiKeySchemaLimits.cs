using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using static McpFunctions.Functions.Documentation.SchemaLimits;

namespace McpFunctions.Functions.ApiKeys;

/// <summary>The limits that the documents show.</summary>
internal static class ApiKeySchemaLimits
{
    /// <summary>The limits.</summary>
    public static SchemaLimits All { get; } = new SchemaLimits()
        .Optional<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.ExpiresAt))
        .Add<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.Name), Text(1, ApiKeyService.MaxNameLength))
        .Add<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.Scopes), SomeOf(1, Scopes.All))
        .Add<CreateApiKeyRequest>(nameof(CreateApiKeyRequest.ExpiresAt), Format("date-time"))
        .Add<IssuedApiKeyResponse>(nameof(IssuedApiKeyResponse.Id), Format("uuid"))
        .Add<IssuedApiKeyResponse>(nameof(IssuedApiKeyResponse.Key), Text(1, pattern: "^mcp_[0-9a-zA-Z-]+_[\\w-]+$"))
        .Add<IssuedApiKeyResponse>(nameof(IssuedApiKeyResponse.Name), Text(1, ApiKeyService.MaxNameLength))
        .Add<IssuedApiKeyResponse>(nameof(IssuedApiKeyResponse.Scopes), SomeOf(1, Scopes.All))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Id), Format("uuid"))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Name), Text(1, ApiKeyService.MaxNameLength))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Scopes), SomeOf(1, Scopes.All));
}
