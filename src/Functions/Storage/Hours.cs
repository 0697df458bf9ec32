using System.Globalization;

namespace McpFunctions.Functions.Storage;

/// <summary>Hours in UTC, with which partition keys begin.</summary>
public static class Hours
{
    private const string Format = "yyyyMMddHH";

    /// <summary>The hour of a time.</summary>
    /// <param name="time">A time in the hour.</param>
    public static string Of(DateTimeOffset time) => time.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>Reads an hour.</summary>
    /// <param name="hour">A text.</param>
    /// <param name="start">The start of the hour.</param>
    /// <returns>False if the text is no hour.</returns>
    public static bool TryRead(string hour, out DateTimeOffset start) =>
        DateTimeOffset.TryParseExact(hour, Format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out start);

    /// <summary>The hour of a partition.</summary>
    /// <param name="partition">A partition key, with or without a shard.</param>
    public static string In(string partition) => partition[..Format.Length];

    /// <summary>The end of an hour: a key after all its partitions and before those of the next hour.</summary>
    /// <param name="hour">The hour.</param>
    /// <returns>The key, which no partition has.</returns>
    // '.' sorts after the '-' before a shard.
    public static string EndOf(string hour) => hour + ".";
}
