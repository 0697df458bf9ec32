namespace McpFunctions.Functions.Delivery;

/// <summary>What a check of Redis found.</summary>
/// <param name="Unusable">Why no gateway can run on it, and what is needed; null where it can.</param>
/// <param name="Refused">The commands and scripts that it refuses.</param>
public sealed record RedisFindings(string? Unusable, IReadOnlyList<string> Refused)
{
    /// <summary>What is wrong, in words that name no server and no setting of the gateway; null where nothing is.</summary>
    public string? Problem => Unusable
        ?? (Refused.Count == 0 ? null : $"Redis refuses {string.Join(", ", Refused)}. Allow its user these commands, the keys and the channels of the gateway.");
}
