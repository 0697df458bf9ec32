using McpFunctions.Domain.Health;

namespace McpFunctions.Functions.Health;

/// <summary>The health of a component.</summary>
/// <param name="Component"><c>redis</c>, <c>tables</c>, <c>blobs</c> or <c>consumer:{name}</c>.</param>
/// <param name="Status">One of <see cref="HealthStatus"/>.</param>
/// <param name="LatencyMs">How long the look at it took, in milliseconds.</param>
/// <param name="Detail">What was seen; absent where there is nothing to say.</param>
public sealed record ComponentAnswer(string Component, string Status, double LatencyMs, string? Detail)
{
    /// <summary>The answer for a look.</summary>
    /// <param name="sample">The look.</param>
    /// <returns>The answer.</returns>
    public static ComponentAnswer Of(HealthSample sample)
    {
        ArgumentNullException.ThrowIfNull(sample);
        return new ComponentAnswer(sample.Component, sample.Verdict.Status, Math.Round(sample.Latency.TotalMilliseconds, 1), sample.Verdict.Detail);
    }
}
