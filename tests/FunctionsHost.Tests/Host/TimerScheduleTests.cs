using System.Globalization;
using System.Text.Json;
using McpFunctions.Local.FunctionsHost.Timers;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class TimerScheduleTests
{
    private static DateTimeOffset At(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("0 */5 * * * *", "2026-11-23T09:15:00Z", "2026-11-23T09:20:00Z")]
    [InlineData("*/10 * * * * *", "2026-11-23T09:15:09.9Z", "2026-11-23T09:15:10Z")]
    [InlineData("0 0 3 * * 1-5", "2026-11-20T03:00:00Z", "2026-11-23T03:00:00Z")]
    [InlineData("0 30 9 1 1 *", "2026-11-23T09:15:00Z", "2027-01-01T09:30:00Z")]
    [InlineData("30 9 * * *", "2026-11-23T09:15:00Z", "2026-11-23T09:30:00Z")]
    [InlineData("00:05:00", "2026-11-23T09:15:03Z", "2026-11-23T09:20:03Z")]
    [InlineData("1.00:00:00", "2026-11-23T09:15:03Z", "2026-11-24T09:15:03Z")]
    public void A_schedule_gives_its_next_time(string expression, string after, string expected) =>
        Assert.Equal(At(expected), TimerSchedule.Parse(expression, TimeZoneInfo.Utc).NextAfter(At(after)));

    [Theory]
    [InlineData("")]
    [InlineData("every day")]
    [InlineData("* * * *")]
    [InlineData("0 61 * * * *")]
    [InlineData("00:00:00")]
    [InlineData("-00:01:00")]
    public void An_invalid_schedule_is_refused(string expression) =>
        Assert.Contains(
            "was not recognized",
            Assert.Throws<JsonException>(() => TimerSchedule.Parse(expression, TimeZoneInfo.Utc)).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("* * * * * *", true)]
    [InlineData("*/30 * * * * *", true)]
    [InlineData("0 * * * * *", false)]
    [InlineData("0 0 * * * *", false)]
    [InlineData("00:00:59", true)]
    [InlineData("00:01:00", false)]
    public void More_than_once_a_minute_is_sub_minute(string expression, bool expected) =>
        Assert.Equal(expected, TimerSchedule.Parse(expression, TimeZoneInfo.Utc).IsSubMinute(At("2026-11-23T09:15:00.5Z")));

    [Theory]
    // Summer time begins on 2026-03-29 at 02:00 and ends on 2026-10-25 at 03:00.
    [InlineData("0 30 1 * * *", "2026-03-29T00:00:00Z", "2026-03-29T00:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-03-28T22:00:00Z", "2026-03-29T01:00:00Z")]
    [InlineData("0 0 12 * * *", "2026-03-28T11:00:00Z", "2026-03-29T10:00:00Z")]
    [InlineData("0 30 2 * * *", "2026-10-24T22:00:00Z", "2026-10-25T00:30:00Z")]
    public void Daylight_saving_moves_the_clock_on_the_wall_not_the_schedule(string expression, string after, string expected)
    {
        var berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

        Assert.Equal(At(expected), TimerSchedule.Parse(expression, berlin).NextAfter(At(after)));
    }

    [Fact]
    public void A_schedule_always_moves_on_also_where_an_hour_comes_twice()
    {
        var schedule = TimerSchedule.Parse("0 */20 * * * *", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        var time = At("2026-10-24T20:00:00Z");

        for (var n = 0; n < 40; n++)
        {
            var next = schedule.NextAfter(time);
            Assert.InRange(next - time, TimeSpan.FromSeconds(1), TimeSpan.FromHours(2));
            time = next;
        }
    }
}
