using System.Text.Json.Serialization;
using McpFunctions.Domain.ApiKeys;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.ApiKeys;

/// <summary>The answer of <c>POST apikeys</c>, the only one that shows the key.</summary>
/// <param name="Id">Identifies the key.</param>
/// <param name="Key">What to send as <c>x-api-key</c>; absent where the request was a repetition, since nobody keeps it.</param>
/// <param name="Name">What the owner calls it.</param>
/// <param name="Scopes">What it is good for.</param>
/// <param name="CreatedAt">When it was issued.</param>
/// <param name="ExpiresAt">When it ends; absent for never.</param>
public sealed record IssuedApiKeyAnswer(
    string Id,
    string? Key,
    string Name,
    IReadOnlyList<string> Scopes,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset CreatedAt,
    [property: JsonConverter(typeof(TimestampConverter))] DateTimeOffset? ExpiresAt)
{
    /// <summary>The answer for a new key.</summary>
    /// <param name="issued">The key.</param>
    /// <returns>The answer.</returns>
    public static IssuedApiKeyAnswer Of(IssuedApiKey issued)
    {
        ArgumentNullException.ThrowIfNull(issued);
        return new IssuedApiKeyAnswer(
            issued.Record.Id, issued.Key, issued.Record.Name, issued.Record.Scopes, issued.Record.CreatedAt, issued.Record.ExpiresAt);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IssuedApiKeyAnswer)} {{ {nameof(Id)} = {Id} }}";
}
