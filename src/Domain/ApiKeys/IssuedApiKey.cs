using McpFunctions.Domain.Credentials;

namespace McpFunctions.Domain.ApiKeys;

/// <summary>A new API key. It is shown only once.</summary>
/// <param name="Record">The key as its owner sees it from now on.</param>
/// <param name="Key">The key; null for a repeated request, since only its hash is stored.</param>
public sealed record IssuedApiKey(ApiKeyRecord Record, string? Key)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IssuedApiKey)} {{ {nameof(Record)} = {Record.Id} }}";
}
