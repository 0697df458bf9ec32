using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using McpFunctions.Domain;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.ApiKeys;

/// <summary>The response of <c>POST apikeys</c>. No other response shows the key.</summary>
/// <param name="Id">Identifies the key.</param>
/// <param name="Key">The key. Send it as <c>x-api-key</c>. Absent for a repeated request, since the gateway does not store the key.</param>
/// <param name="Name">The name that the owner gave the key.</param>
/// <param name="Scopes">The scopes of the key.</param>
/// <param name="CreatedAt">The time of its creation.</param>
/// <param name="ExpiresAt">The time at which the key expires; absent if it never expires.</param>
public sealed record IssuedApiKeyResponse(
    [property: DataType("uuid")] string Id,
    [property: MinLength(1), RegularExpression(@"^mcp_[0-9a-zA-Z-]+_[\w-]+$")] string? Key,
    [property: StringLength(ApiKeyRecord.MaxNameLength, MinimumLength = 1)] string Name,
    [property: MinLength(1), ListedIn(typeof(Domain.Identity.Scopes), nameof(Domain.Identity.Scopes.All))] IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt)
{
    /// <summary>Makes the response for a new key.</summary>
    /// <param name="issued">The key.</param>
    public static IssuedApiKeyResponse Of(IssuedApiKey issued) => new(
        issued.Record.Id, issued.Key, issued.Record.Name, issued.Record.Scopes, issued.Record.CreatedAt, issued.Record.ExpiresAt);

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IssuedApiKeyResponse)} {{ {nameof(Id)} = {Id} }}";
}
