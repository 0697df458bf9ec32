using System.ComponentModel.DataAnnotations;
using McpFunctions.Domain.Credentials;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>The body of <c>POST apikeys</c>.</summary>
/// <param name="Name">The name that the owner gives the key.</param>
/// <param name="Scopes">The scopes that the key gets.</param>
/// <param name="ExpiresAt">The time at which the key expires, in RFC 3339; absent if it never expires.</param>
public sealed record CreateApiKeyRequest(
    [property: Required, StringLength(ApiKeyRecord.MaxNameLength, MinimumLength = 1, ErrorMessage = "Send a name of {2} to {1} characters, without control characters."), RegularExpression(@"^[^\u0000-\u001F\u007F-\u009F]*$")] string? Name,
    [property: Required, MinLength(1), ListedIn(typeof(Identity.Scopes), nameof(Identity.Scopes.All))] IReadOnlyList<string?>? Scopes,
    [property: DataType(DataType.DateTime)] string? ExpiresAt);
