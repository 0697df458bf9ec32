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
        .Add<IssuedApiKeyAnswer>(nameof(IssuedApiKeyAnswer.Id), Format("uuid"))
        .Add<IssuedApiKeyAnswer>(nameof(IssuedApiKeyAnswer.Key), Text(1, pattern: "^mcp_[0-9a-zA-Z-]+_[\\w-]+$"))
        .Add<IssuedApiKeyAnswer>(nameof(IssuedApiKeyAnswer.Name), Text(1, ApiKeyService.MaxNameLength))
        .Add<IssuedApiKeyAnswer>(nameof(IssuedApiKeyAnswer.Scopes), SomeOf(1, Scopes.All))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Id), Format("uuid"))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Name), Text(1, ApiKeyService.MaxNameLength))
        .Add<ApiKeyRecord>(nameof(ApiKeyRecord.Scopes), SomeOf(1, Scopes.All));
}
