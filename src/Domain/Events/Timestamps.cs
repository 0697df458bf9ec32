using System.Globalization;

namespace McpFunctions.Domain.Events;

/// <summary>Times as the decision record writes them: ISO 8601 in UTC with milliseconds and <c>Z</c>, what JavaScript's <c>toISOString</c> gives.</summary>
public static class Timestamps
{
    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>Cuts a time to milliseconds, in UTC.</summary>
    /// <param name="time">Any time.</param>
    /// <returns>The same time without what is below a millisecond.</returns>
    public static DateTimeOffset ToMilliseconds(DateTimeOffset time) =>
        new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    /// <summary>Writes a time.</summary>
    /// <param name="time">Any time.</param>
    /// <returns>For example <c>2026-01-17T09:30:00.123Z</c>.</returns>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Iso, CultureInfo.InvariantCulture);

    /// <summary>Reads an ISO 8601 time with a zone.</summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time in UTC, cut to milliseconds.</param>
    /// <returns>False where the text is not such a time.</returns>
    public static bool TryParse(string? text, out DateTimeOffset time)
    {
        bool parsed = DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time);
        time = ToMilliseconds(time);
        return parsed;
    }

    private static readonly string[] Formats =
    [
        Iso,
        "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
        "yyyy-MM-dd'T'HH:mmK",
        "yyyy-MM-dd",
    ];
}
