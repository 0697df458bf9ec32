using System.Globalization;
using CsCheck;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Tests.Events;

public sealed class TimestampTests
{
    [Theory]
    [InlineData("2026-01-17T09:30:00Z", "2026-01-17T09:30:00.000Z")]
    [InlineData("2026-01-17t09:30:00z", "2026-01-17T09:30:00.000Z")]
    [InlineData("2026-01-17T09:30:00.1Z", "2026-01-17T09:30:00.100Z")]
    [InlineData("2026-01-17T09:30:00.1239999Z", "2026-01-17T09:30:00.123Z")]
    [InlineData("2026-01-17T09:30:00.123456789Z", "2026-01-17T09:30:00.123Z")]
    [InlineData("2026-01-17T09:30:00.999999999999Z", "2026-01-17T09:30:00.999Z")]
    [InlineData("2026-01-17T09:30:00+02:00", "2026-01-17T07:30:00.000Z")]
    [InlineData("2026-01-17T09:30:00.5-23:59", "2026-01-18T09:29:00.500Z")]
    [InlineData("2026-01-17T09:30:00-00:00", "2026-01-17T09:30:00.000Z")]
    [InlineData("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z")]
    [InlineData("2017-01-01T01:59:60.25+02:00", "2016-12-31T23:59:59.999Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")]
    [InlineData("9999-12-31T23:59:60Z", "9999-12-31T23:59:59.999Z")]
    public void A_time_in_any_form_of_RFC_3339_is_read_and_written_in_one(string text, string written)
    {
        Assert.True(Timestamps.TryParse(text, out DateTimeOffset time));
        Assert.Equal(written, Timestamps.Format(time));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("17.01.2026")]
    [InlineData("2026-01-17")]
    [InlineData("2026-01-17T09:30Z")]
    [InlineData("2026-01-17T09:30:00")]
    [InlineData("2026-01-17 09:30:00Z")]
    [InlineData("2026-01-17T09:30:00.Z")]
    [InlineData("2026-01-17T09:30:00,5Z")]
    [InlineData("2026-01-17T09:30:00+2:00")]
    [InlineData("2026-01-17T09:30:00+0200")]
    [InlineData("2026-01-17T09:30:00+24:00")]
    [InlineData("2026-01-17T09:30:00+02:60")]
    [InlineData("2026-01-17T09:30:00Z\n")]
    [InlineData(" 2026-01-17T09:30:00Z")]
    [InlineData("2026-01-17T24:00:00Z")]
    [InlineData("2026-01-17T09:60:00Z")]
    [InlineData("2026-01-17T09:30:60Z")]
    [InlineData("2026-01-17T23:59:61Z")]
    [InlineData("2026-02-29T00:00:00Z")]
    [InlineData("2026-13-01T00:00:00Z")]
    [InlineData("+026-01-17T00:00:00Z")]
    [InlineData("٢٠٢٦-01-17T00:00:00Z")]
    [InlineData("2026-01-17T0٩:30:00Z")]
    [InlineData("0000-01-01T00:00:00Z")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    [InlineData("9999-12-31T23:59:59-00:01")]
    public void A_text_that_is_no_time_of_RFC_3339_is_refused(string? text) => Assert.False(Timestamps.TryParse(text, out _));

    [Fact]
    public void The_milliseconds_of_a_time_are_read_in_any_form_that_others_write() =>
        Gen.Select(
            Gen.DateTime[new DateTime(1, 1, 3, 0, 0, 0, DateTimeKind.Utc), new DateTime(9999, 12, 29, 0, 0, 0, DateTimeKind.Utc)],
            Gen.String[Gen.Char['0', '9'], 0, 12],
            Gen.Int[-1439, 1439],
            Gen.Bool,
            Gen.Bool).Sample((local, decimals, offset, isLower, isUtc) =>
        {
            string fraction = decimals.Length == 0 ? "" : $".{decimals}";
            TimeSpan east = isUtc ? TimeSpan.Zero : TimeSpan.FromMinutes(offset);
            string zone = isUtc ? "Z" : $"{(offset < 0 ? '-' : '+')}{east:hh\\:mm}";
            string text = local.ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture) + fraction + zone;

            Assert.True(Timestamps.TryParse(isLower ? text.ToLowerInvariant() : text, out DateTimeOffset time), text);

            DateTime seconds = local.AddTicks(-(local.Ticks % TimeSpan.TicksPerSecond)) - east;
            Assert.Equal(seconds.AddMilliseconds(int.Parse(decimals.PadRight(3, '0')[..3], CultureInfo.InvariantCulture)), time.UtcDateTime);
        });

    [Fact]
    public void The_parser_handles_any_text_and_reads_a_time_again_that_it_has_written() =>
        Gen.Select(Gen.Int[0, 23].Array[0, 4], Gen.Char.Array[4], Gen.Int[0, 24]).Sample((places, characters, length) =>
        {
            char[] text = "2026-01-17T09:30:00.123Z"[..length].ToCharArray();
            for (int index = 0; index < places.Length; index++)
            {
                if (places[index] < text.Length)
                {
                    text[places[index]] = characters[index];
                }
            }

            if (Timestamps.TryParse(text, out DateTimeOffset time))
            {
                Assert.True(Timestamps.TryParse(Timestamps.Format(time), out DateTimeOffset again));
                Assert.Equal(time, again);
            }
        });

    [Fact]
    public void A_date_in_a_query_is_the_beginning_of_its_day()
    {
        Assert.True(Timestamps.TryParseQuery("2026-01-17", out DateTimeOffset time, out string problem), problem);
        Assert.Equal("2026-01-17T00:00:00.000Z", Timestamps.Format(time));
    }

    [Fact]
    public void A_plus_that_a_URL_made_a_space_is_named()
    {
        Assert.False(Timestamps.TryParseQuery("2026-01-17T09:30:00 02:00", out _, out string problem));
        Assert.Contains("%2B", problem, StringComparison.Ordinal);

        Assert.False(Timestamps.TryParseQuery("yesterday", out _, out problem));
        Assert.DoesNotContain("%2B", problem, StringComparison.Ordinal);
        Assert.Contains("RFC 3339", problem, StringComparison.Ordinal);

        Assert.True(Timestamps.TryParseQuery("2026-01-17T09:30:00.123456+02:00", out DateTimeOffset time, out problem), problem);
        Assert.Equal("2026-01-17T07:30:00.123Z", Timestamps.Format(time));
    }
}
