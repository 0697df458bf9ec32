using System.Globalization;

namespace McpFunctions.Domain.Events;

/// <summary>Times as the decision record writes them: ISO 8601 in UTC with milliseconds and <c>Z</c>, what JavaScript's <c>toISOString</c> gives.</summary>
public static class Timestamps
{
    private const string Iso = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <summary>The form in which times are accepted, for messages about those that are not.</summary>
    public const string Expected = "a time in RFC 3339, for example 2026-01-17T09:30:00.123Z";

    /// <summary>The characters of a time that <see cref="Format(DateTimeOffset)"/> writes.</summary>
    internal const int Length = 24;

    // "2026-01-17".
    private const int DateLength = 10;

    // "2026-01-17T09:30:00", before the fraction and the zone.
    private const int SecondsEnd = 19;

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
        DateTimeOffset now = ToMilliseconds(time.GetUtcNow());
        DateTimeOffset earliest = EventTime.Add(last, TimeSpan.FromMilliseconds(1));
        return now > earliest ? now : earliest;
    }

    /// <summary>Writes a time.</summary>
    /// <param name="time">Any time.</param>
    /// <returns>For example <c>2026-01-17T09:30:00.123Z</c>.</returns>
    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Iso, CultureInfo.InvariantCulture);

    /// <summary>Writes a time.</summary>
    /// <param name="time">Any time.</param>
    /// <param name="text">Gets the <see cref="Length"/> characters.</param>
    internal static void Format(DateTimeOffset time, Span<char> text) => time.UtcDateTime.TryFormat(text, out _, Iso, CultureInfo.InvariantCulture);

    /// <summary>
    /// Reads a time of RFC 3339: any number of decimals or none, <c>t</c> and <c>z</c> in lower case too, any offset. A leap
    /// second is the last millisecond of its minute.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="time">The time in UTC, cut to milliseconds.</param>
    /// <returns>False where the text is not such a time, or where the time in UTC is outside of the years 1 to 9999.</returns>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= SecondsEnd
            || text[DateLength] is not ('T' or 't')
            || !DateTime.TryParseExact(text[..DateLength], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime date)
            || !TryReadPair(text[11..], 23, out int hour)
            || text[13] != ':'
            || !TryReadPair(text[14..], 59, out int minute)
            || text[16] != ':'
            || !TryReadPair(text[17..], 60, out int second)
            || !TryReadMilliseconds(text[SecondsEnd..], out int millisecond, out int length)
            || !TryReadOffset(text[(SecondsEnd + length)..], out TimeSpan offset))
        {
            return false;
        }

        bool isLeapSecond = second == 60;
        TimeSpan timeOfDay = isLeapSecond ? new TimeSpan(0, hour, minute, 59, 999) : new TimeSpan(0, hour, minute, second, millisecond);
        long ticks = date.Ticks + timeOfDay.Ticks - offset.Ticks;
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return !isLeapSecond || time is { Hour: 23, Minute: 59 };
    }

    /// <summary>Reads a time of a URL's query. A date alone means the beginning of that day in UTC.</summary>
    /// <param name="text">The text, after the escapes of the URL were undone.</param>
    /// <param name="time">The time in UTC, cut to milliseconds.</param>
    /// <param name="problem">The remedy; empty if the time was read.</param>
    /// <returns>False where the text is neither a time of RFC 3339 nor a date.</returns>
    public static bool TryParseQuery(string text, out DateTimeOffset time, out string problem)
    {
        bool isRead = TryParse(text, out time) || (text.Length == DateLength && TryParse($"{text}T00:00:00Z", out time));
        problem = isRead ? ""
            : TryParse(text.Replace(' ', '+'), out _) ? "A '+' in a URL means a space. Write it as %2B, for example 2026-01-17T09:30:00%2B02:00."
            : $"Send {Expected}.";
        return isRead;
    }

    private static bool TryReadPair(ReadOnlySpan<char> text, int max, out int number)
    {
        number = 0;
        if (text.Length < 2 || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1]))
        {
            return false;
        }

        number = ((text[0] - '0') * 10) + text[1] - '0';
        return number <= max;
    }

    private static bool TryReadMilliseconds(ReadOnlySpan<char> text, out int millisecond, out int length)
    {
        (millisecond, length) = (0, 0);
        if (text is not ['.', ..])
        {
            return true;
        }

        int end = text[1..].IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = end < 0 ? text[1..] : text[1..(1 + end)];
        length = 1 + digits.Length;
        for (int index = 0; index < 3; index++)
        {
            millisecond = (millisecond * 10) + (index < digits.Length ? digits[index] - '0' : 0);
        }

        return !digits.IsEmpty;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is ['Z' or 'z'])
        {
            return true;
        }

        if (text is not ['+' or '-', _, _, ':', _, _] || !TryReadPair(text[1..], 23, out int hours) || !TryReadPair(text[4..], 59, out int minutes))
        {
            return false;
        }

        offset = new TimeSpan(hours, minutes, 0) * (text[0] == '-' ? -1 : 1);
        return true;
    }
}
