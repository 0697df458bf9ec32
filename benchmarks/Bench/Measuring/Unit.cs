using System.Globalization;

namespace McpFunctions.Bench.Measuring;

/// <summary>The unit of a measured value.</summary>
/// <param name="Name">The unit as it is printed after the number.</param>
/// <param name="IsRate">Whether more is better.</param>
internal sealed record Unit(string Name, bool IsRate)
{
    public static Unit PerSecond { get; } = new("/s", true);

    public static Unit Seconds { get; } = new(" s", false);

    public static Unit Milliseconds { get; } = new(" ms", false);

    public static Unit Microseconds { get; } = new(" µs", false);

    public static Unit MegabytesPerSecond { get; } = new(" MB/s", true);

    public static Unit Kilobytes { get; } = new(" KB", false);

    public static Unit Megabytes { get; } = new(" MB", false);

    public static Unit Bytes { get; } = new(" bytes", false);

    public static Unit Times { get; } = new(" ×", false);

    public static Unit Entries { get; } = new(" entries", false);

    public static Unit Calls { get; } = new(" calls", false);

    /// <summary>Prints a value with three digits that count.</summary>
    public string Print(double value) => Print(value, Name);

    public static string Print(double value, string unit)
    {
        string format = Math.Abs(value) switch { >= 100 => "N0", >= 10 => "N1", >= 1 => "N2", _ => "0.###" };
        return value.ToString(format, CultureInfo.InvariantCulture) + unit;
    }
}
