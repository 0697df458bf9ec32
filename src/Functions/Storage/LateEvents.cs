using System.Globalization;
using McpFunctions.Domain.Events;

namespace McpFunctions.Functions.Storage;

/// <summary>
/// Events whose effects came long after their time. If Redis comes back with an older file, a replay must reach back to them, although the low watermark
/// has passed them.
/// </summary>
/// <param name="Until">The time by which they had their effects, or were in the journal.</param>
/// <param name="Oldest">The oldest event time among them.</param>
public readonly record struct LateEvents(DateTimeOffset Until, DateTimeOffset Oldest)
{
    /// <summary>The delay from which on an event is late. Replays reach back this far anyway.</summary>
    public static readonly TimeSpan Threshold = TimeSpan.FromMinutes(30);

    // Older entries merge into the oldest that is kept: a replay then reaches further back than it must.
    private const int MaxEntries = 20;

    // Late events often come together, after an outage.
    private static readonly TimeSpan MergeWithin = TimeSpan.FromMinutes(10);

    /// <summary>Whether an event is late at a time. An impossible time moves nothing.</summary>
    /// <param name="eventTime">The event's time.</param>
    /// <param name="now">The time.</param>
    public static bool IsLate(DateTimeOffset eventTime, DateTimeOffset now) => now - eventTime > Threshold && EventTime.IsPlausible(eventTime, now);

    /// <summary>Adds events to those of a pair.</summary>
    /// <param name="known">Those before, in the order of their times.</param>
    /// <param name="added">The events.</param>
    /// <returns>All of them, few entries.</returns>
    public static IReadOnlyList<LateEvents> Add(IReadOnlyList<LateEvents> known, LateEvents added)
    {
        List<LateEvents> all = [.. known];
        if (all is [.., var last] && EventTime.Subtract(added.Until, MergeWithin) <= last.Until)
        {
            all[^1] = Merge(last, added);
        }
        else
        {
            all.Add(added);
        }

        while (all.Count > MaxEntries)
        {
            all[1] = Merge(all[0], all[1]);
            all.RemoveAt(0);
        }

        return all;
    }

    /// <summary>The oldest event time among those that came after a time.</summary>
    /// <param name="known">The events of a pair.</param>
    /// <param name="since">The time.</param>
    /// <returns>The event time; null if none came since.</returns>
    public static DateTimeOffset? OldestSince(IReadOnlyList<LateEvents> known, DateTimeOffset since) =>
        known.Where(each => each.Until >= since).Select(each => (DateTimeOffset?)each.Oldest).Min();

    /// <summary>Writes them into a property of a row.</summary>
    /// <param name="events">The events of a pair.</param>
    /// <returns>Pairs of milliseconds since 1970, such as <c>1767225600000:1767182400000</c>, with commas between them.</returns>
    public static string Write(IReadOnlyList<LateEvents> events) => string.Join(
        ',', events.Select(each => string.Create(CultureInfo.InvariantCulture, $"{each.Until.ToUnixTimeMilliseconds()}:{each.Oldest.ToUnixTimeMilliseconds()}")));

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <param name="text">The text; null for none.</param>
    /// <returns>The events of a pair.</returns>
    public static IReadOnlyList<LateEvents> Read(string? text) =>
    [
        .. (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Select(each => each.Split(':')).Select(each =>
            new LateEvents(EventTime.FromUnixMilliseconds(long.Parse(each[0], CultureInfo.InvariantCulture)), EventTime.FromUnixMilliseconds(long.Parse(each[1], CultureInfo.InvariantCulture)))),
    ];

    private static LateEvents Merge(LateEvents one, LateEvents other) =>
        new(one.Until > other.Until ? one.Until : other.Until, one.Oldest < other.Oldest ? one.Oldest : other.Oldest);
}
