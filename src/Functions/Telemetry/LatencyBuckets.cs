namespace McpFunctions.Functions.Telemetry;

/// <summary>
/// The buckets of latencies, the same in all instances, so that their counts can be added. Each is a fifth wider than the one before: a quantile is at most
/// a tenth off. The last one begins at an hour.
/// </summary>
public static class LatencyBuckets
{
    private const double Growth = 1.2;

    // ln(3,600,000 ms) / ln(1.2)
    private const int Last = 83;

    /// <summary>The bucket of a latency.</summary>
    /// <param name="latency">The latency.</param>
    /// <returns>Its number from 0, for a millisecond or less, to 83.</returns>
    public static int Of(TimeSpan latency) =>
        latency.TotalMilliseconds <= 1 ? 0 : Math.Min(Last, (int)Math.Ceiling(Math.Log(latency.TotalMilliseconds, Growth)));

    /// <summary>Estimates a quantile.</summary>
    /// <param name="counts">The counts by bucket.</param>
    /// <param name="quantile">The quantile, 0.5 for the median.</param>
    /// <returns>The latency in seconds; null if nothing was counted.</returns>
    public static double? Quantile(IReadOnlyDictionary<int, long> counts, double quantile)
    {
        double left = counts.Values.Sum() * quantile;
        foreach ((int bucket, long count) in counts.OrderBy(each => each.Key))
        {
            left -= count;
            if (left <= 0)
            {
                // The middle of the bucket.
                return Math.Round(Math.Pow(Growth, bucket - 0.5), 1) / 1_000;
            }
        }

        return null;
    }
}
