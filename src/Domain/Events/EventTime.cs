namespace McpFunctions.Domain.Events;

/// <summary>
/// Calculates with times of events and of journal entries. Others choose them: they may be at either end of the calendar,
/// and nothing that they choose may stop delivery.
/// </summary>
public static class EventTime
{
    // Before this, no gateway has written an event.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Far more than clocks may differ.
    private static readonly TimeSpan MaxAhead = TimeSpan.FromDays(1);

    /// <summary>Adds to a time, or stops at the end of the calendar.</summary>
    /// <param name="time">Any time.</param>
    /// <param name="by">How much; may be negative.</param>
    /// <returns>The sum in UTC.</returns>
    public static DateTimeOffset Add(DateTimeOffset time, TimeSpan by)
    {
        long ticks = time.UtcTicks;
        long sum = by.Ticks >= 0
            ? (ticks > DateTimeOffset.MaxValue.UtcTicks - by.Ticks ? DateTimeOffset.MaxValue.UtcTicks : ticks + by.Ticks)
            : (by.Ticks == long.MinValue || ticks < -by.Ticks ? 0 : ticks + by.Ticks);
        return new DateTimeOffset(sum, TimeSpan.Zero);
    }

    /// <summary>Subtracts from a time, or stops at the end of the calendar.</summary>
    /// <param name="time">Any time.</param>
    /// <param name="by">How much.</param>
    /// <returns>The difference in UTC.</returns>
    public static DateTimeOffset Subtract(DateTimeOffset time, TimeSpan by) => Add(time, by == TimeSpan.MinValue ? TimeSpan.MaxValue : -by);

    /// <summary>Reads Unix time in milliseconds, or stops at the end of the calendar.</summary>
    /// <param name="milliseconds">The number.</param>
    /// <returns>The time in UTC.</returns>
    public static DateTimeOffset FromUnixMilliseconds(double milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(
        (long)Math.Clamp(milliseconds, DateTimeOffset.MinValue.ToUnixTimeMilliseconds(), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>
    /// Whether a time may be that of an event of this gateway. Other times move no low watermark, and their rows expire by the time at
    /// which storage got them.
    /// </summary>
    /// <param name="time">The event's time.</param>
    /// <param name="now">The time now.</param>
    /// <returns>False before the year 2000 and more than a day ahead.</returns>
    public static bool IsPlausible(DateTimeOffset time, DateTimeOffset now) => time >= Earliest && time <= Add(now, MaxAhead);

    /// <summary>The times that are plausible at a time, both included.</summary>
    /// <param name="now">The time now.</param>
    /// <returns>The first and the last of them.</returns>
    public static (DateTimeOffset First, DateTimeOffset Last) PlausibleAt(DateTimeOffset now) => (Earliest, Add(now, MaxAhead));
}
