using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Tests.Events;

public sealed class EventTimeTests
{
    [Fact]
    public void Arithmetic_stops_at_the_ends_of_the_calendar()
    {
        Assert.Equal(DateTimeOffset.MinValue, EventTime.Subtract(DateTimeOffset.MinValue, TimeSpan.FromHours(2)));
        Assert.Equal(DateTimeOffset.MinValue, EventTime.Add(DateTimeOffset.UnixEpoch, TimeSpan.MinValue));
        Assert.Equal(DateTimeOffset.MaxValue, EventTime.Add(DateTimeOffset.MaxValue, TimeSpan.FromTicks(1)));
        Assert.Equal(DateTimeOffset.MaxValue, EventTime.Subtract(DateTimeOffset.UnixEpoch, TimeSpan.MinValue));
        Assert.Equal(DateTimeOffset.UnixEpoch.AddHours(2), EventTime.Add(DateTimeOffset.UnixEpoch, TimeSpan.FromHours(2)));
        Assert.Equal(9999, EventTime.FromUnixMilliseconds(ulong.MaxValue).Year);
        Assert.Equal(1, EventTime.FromUnixMilliseconds(long.MinValue).Year);
    }

    [Fact]
    public void A_time_before_2000_or_more_than_a_day_ahead_is_not_plausible()
    {
        DateTimeOffset now = new(2026, 1, 17, 9, 30, 0, TimeSpan.Zero);

        DateTimeOffset[] possible = [now, now.AddHours(23), new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero)];
        DateTimeOffset[] impossible = [DateTimeOffset.MinValue, DateTimeOffset.MaxValue, now.AddHours(25), new DateTimeOffset(1999, 12, 31, 23, 59, 59, TimeSpan.Zero)];
        Assert.All(possible, time => Assert.True(EventTime.IsPlausible(time, now)));
        Assert.All(impossible, time => Assert.False(EventTime.IsPlausible(time, now)));
    }
}
