using HdrHistogram;

namespace McpFunctions.Bench.Measuring;

/// <summary>Collects what one measure gives for each contender, round by round.</summary>
/// <param name="measure">What is measured.</param>
/// <param name="unit">The unit of the values.</param>
internal sealed class Comparison(string measure, Unit unit)
{
    // Ten minutes in microseconds; three digits count.
    private const long HighestMicroseconds = 600_000_000;
    private const int Digits = 3;

    private readonly Dictionary<string, List<double>> values = [];
    private readonly Dictionary<string, LongHistogram> latencies = [];
    private readonly List<(string Contender, Bound? Ratio, Bound? Value, string? Note)> bounds = [];

    /// <summary>The contender by whose value the others' are divided.</summary>
    public string Ours { get; init; } = Contenders.Gateway;

    /// <summary>Adds the value of a round.</summary>
    public void Add(string contender, double value)
    {
        if (!values.TryGetValue(contender, out List<double>? list))
        {
            values[contender] = list = [];
        }

        list.Add(value);
    }

    /// <summary>Adds the median of a round's operations as its value, and keeps all of them for the percentiles.</summary>
    public void Add(string contender, LongHistogram round)
    {
        Keep(contender, round);
        Add(contender, InUnit(round.GetValueAtPercentile(50)));
    }

    /// <summary>Keeps the operations of a round for the percentiles, beside a value that is not their median.</summary>
    public void Keep(string contender, LongHistogram round)
    {
        if (!latencies.TryGetValue(contender, out LongHistogram? all))
        {
            latencies[contender] = all = NewHistogram();
        }

        all.Add(round);
    }

    /// <summary>A histogram of times in microseconds.</summary>
    public static LongHistogram NewHistogram() => new(HighestMicroseconds, Digits);

    /// <summary>Adds a time to a histogram.</summary>
    public static void Record(LongHistogram histogram, TimeSpan time) =>
        histogram.RecordValue(Math.Clamp((long)time.TotalMicroseconds, 1, HighestMicroseconds));

    /// <summary>Sets what the gateway's value divided by a contender's must reach.</summary>
    public Comparison Against(string contender, Bound? ratio = null, string? note = null)
    {
        bounds.Add((contender, ratio, null, note));
        return this;
    }

    /// <summary>Sets what a contender's own value must reach: its 99th percentile, if its operations were kept.</summary>
    public Comparison Must(string contender, Bound bound, string? note = null)
    {
        bounds.Add((contender, null, bound, note));
        return this;
    }

    /// <summary>The rows of the table.</summary>
    public IEnumerable<Row> Rows()
    {
        foreach ((string contender, List<double> list) in values)
        {
            (_, Bound? ratio, Bound? value, string? note) = bounds.FirstOrDefault(each => each.Contender == contender);
            bool isOurs = contender == Ours || !values.ContainsKey(Ours);
            LongHistogram? operations = latencies.GetValueOrDefault(contender);
            yield return new Row(
                measure,
                contender,
                unit,
                MedianOf(list),
                operations is null ? null : InUnit(operations.GetValueAtPercentile(99)),
                list,
                isOurs ? null : Ratio.Of(values[Ours], list, ratio),
                value,
                note);
        }
    }

    /// <summary>The median.</summary>
    public static double MedianOf(IEnumerable<double> all)
    {
        double[] sorted = [.. all.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    private double InUnit(long microseconds) => unit == Unit.Seconds ? microseconds / 1e6 : unit == Unit.Microseconds ? microseconds : microseconds / 1e3;
}
