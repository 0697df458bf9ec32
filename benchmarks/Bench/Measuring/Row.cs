namespace McpFunctions.Bench.Measuring;

/// <summary>What was measured of one contender.</summary>
/// <param name="Measure">What was measured.</param>
/// <param name="Contender">Of whom.</param>
/// <param name="Unit">The unit of the values.</param>
/// <param name="Median">The median over the rounds, or over all operations if <paramref name="P99"/> is there.</param>
/// <param name="P99">The 99th percentile of the operations; null if a round is one operation.</param>
/// <param name="Values">The value of each round.</param>
/// <param name="Ratio">The gateway's value divided by this one's, round by round; null for the gateway itself.</param>
/// <param name="ValueBound">What the value must reach, if anything.</param>
/// <param name="Note">What belongs beside it.</param>
internal sealed record Row(
    string Measure, string Contender, Unit Unit, double Median, double? P99, IReadOnlyList<double> Values, Ratio? Ratio, Bound? ValueBound, string? Note)
{
    /// <summary>Whether all bounds are met; null if there is none.</summary>
    public bool? IsMet => (Ratio?.Bound, ValueBound) switch
    {
        (null, null) => null,
        var (ratio, value) => (ratio?.IsMetBy(Ratio!.Median) ?? true) && (value?.IsMetBy(P99 ?? Median) ?? true),
    };
}
