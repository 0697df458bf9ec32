using System.Globalization;
using System.Numerics;
using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Tests.Events;

public sealed class WholeNumberTests
{
    private static readonly JsonSerializerOptions s_options = new() { Converters = { new WholeNumberConverter() } };

    [Theory]
    [InlineData("2", 2)]
    [InlineData("2.0", 2)]
    [InlineData("3e0", 3)]
    [InlineData("3E+2", 300)]
    [InlineData("1.25e2", 125)]
    [InlineData("1200e-2", 12)]
    [InlineData("-7.000", -7)]
    [InlineData("-0.0", 0)]
    [InlineData("0e999999999999999999999", 0)]
    [InlineData("9223372036854775807.0", long.MaxValue)]
    [InlineData("-9.223372036854775808e18", long.MinValue)]
    public void A_number_without_a_fraction_is_a_whole_number(string json, long expected)
    {
        Assert.True(WholeNumber.TryRead(JsonElement.Parse(json), out long value));
        Assert.Equal(expected, value);
        Assert.Equal(expected, JsonSerializer.Deserialize<long>(json, s_options));
        Assert.Equal(expected, JsonSerializer.Deserialize<long?>(json, s_options));
    }

    [Theory]
    [InlineData("2.5")]
    [InlineData("1e-1")]
    [InlineData("125e-1")]
    [InlineData("2.00000000000000000000000000000001")]
    [InlineData("9223372036854775808")]
    [InlineData("9223372036854775807.1")]
    [InlineData("1e19")]
    [InlineData("1e400")]
    [InlineData("1e99999999999999999999")]
    [InlineData("1e-99999999999999999999")]
    [InlineData("\"2\"")]
    [InlineData("true")]
    public void Other_numbers_are_not_whole_numbers(string json)
    {
        Assert.False(WholeNumber.TryRead(JsonElement.Parse(json), out _));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<long>(json, s_options));
    }

    [Fact]
    public void A_number_is_whole_exactly_where_arithmetic_says_so() =>
        Gen.Select(Gen.Long[-99_999, 99_999], Gen.Int[0, 6], Gen.Int[-8, 16]).Sample((digits, decimals, exponent) =>
        {
            string sign = digits < 0 ? "-" : "";
            string text = Math.Abs(digits).ToString(CultureInfo.InvariantCulture).PadLeft(decimals + 1, '0');
            string json = $"{sign}{text[..^decimals]}{(decimals > 0 ? "." : "")}{text[^decimals..]}e{exponent}";

            int shift = exponent - decimals;
            BigInteger scaled = shift >= 0 ? digits * BigInteger.Pow(10, shift) : digits / BigInteger.Pow(10, -shift);
            bool isWhole = (shift >= 0 || digits % BigInteger.Pow(10, -shift) == 0) && scaled >= long.MinValue && scaled <= long.MaxValue;

            Assert.Equal(isWhole, WholeNumber.TryRead(JsonElement.Parse(json), out long value));
            Assert.True(!isWhole || value == (long)scaled, json);
        });
}
