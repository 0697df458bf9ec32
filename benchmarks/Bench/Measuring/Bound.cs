using System.Globalization;

namespace McpFunctions.Bench.Measuring;

/// <summary>What a value or a ratio must reach.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="IsLeast">True if it is the least that suffices, false if it is the most that is allowed.</param>
internal sealed record Bound(double Limit, bool IsLeast)
{
    public static Bound AtLeast(double limit) => new(limit, true);

    public static Bound AtMost(double limit) => new(limit, false);

    public bool IsMetBy(double value) => IsLeast ? value >= Limit : value <= Limit;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsLeast ? '≥' : '≤')} {Limit:0.###}");
}
