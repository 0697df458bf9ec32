namespace McpFunctions.Domain.ApiKeys;

/// <summary>A new API key, the only time that it is shown.</summary>
/// <param name="Record">What its owner sees from now on.</param>
/// <param name="Key">The key; null where the same request issued it before, since only its hash is kept.</param>
public sealed record IssuedApiKey(ApiKeyRecord Record, string? Key)
{
    /// <inheritdoc/>
    public override string ToString() => $"{nameof(IssuedApiKey)} {{ {nameof(Record)} = {Record.Id} }}";
}
