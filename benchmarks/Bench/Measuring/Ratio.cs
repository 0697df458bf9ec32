namespace McpFunctions.Bench.Measuring;

/// <summary>The gateway's value divided by a peer's of the same round.</summary>
/// <param name="Median">The median over the rounds.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Greatest">The greatest of them.</param>
/// <param name="Bound">What the median must reach, if anything.</param>
internal sealed record Ratio(double Median, double Least, double Greatest, Bound? Bound)
{
    /// <summary>Divides round by round, since the load of the machine changes between rounds.</summary>
    public static Ratio Of(IReadOnlyList<double> ours, IReadOnlyList<double> theirs, Bound? bound)
    {
        double[] ratios = [.. ours.Zip(theirs, (our, their) => our / their).Order()];
        return new Ratio(Comparison.MedianOf(ratios), ratios[0], ratios[^1], bound);
    }
}
