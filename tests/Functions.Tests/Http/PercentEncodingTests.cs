using McpFunctions.Functions.Http;

namespace McpFunctions.Functions.Tests.Http;

public sealed class PercentEncodingTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("r%C3%A9sum%c3%a9", "résumé")]
    [InlineData("100%25", "100%")]
    [InlineData("é%20", "é ")]
    [InlineData("", "")]
    [InlineData("100%", null)]
    [InlineData("%zz", null)]
    [InlineData("% 1", null)]
    [InlineData("%e", null)]
    [InlineData("r%E9sum%E9", null)]
    [InlineData("%C0%AE", null)]
    [InlineData("%ED%A0%80", null)]
    public void A_text_with_broken_escapes_or_of_another_encoding_is_refused(string encoded, string? expected)
    {
        Assert.Equal(expected is not null, PercentEncoding.TryDecode(encoded, out string? text));
        Assert.Equal(expected, text);
    }
}
