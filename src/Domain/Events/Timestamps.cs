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

    /// <summary>
    /// The time of an entity's next event: now, but later than its last one, whatever the clocks of the instances
    /// that wrote them.
    /// </summary>
    /// <param name="last">The time of its last event.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The time, cut to milliseconds.</returns>
    public static DateTimeOffset After(DateTimeOffset last, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(time);
        DateTimeOffset now = ToMilliseconds(time.GetUtcNow());
        DateTimeOffset earliest = EventTime.Add(last, TimeSpan.FromMilliseconds(1));
        return now > earliest ? now : earliest;
    }

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
