using CsCheck;

namespace McpFunctions.Domain.Tests;

public sealed class ContinuationTokenTests
{
    [Fact]
    public void A_token_reads_back_as_the_position_that_it_was_made_from() =>
        Gen.String[Gen.Char.AlphaNumeric, 0, 500].Sample(place =>
        {
            Assert.True(ContinuationToken.TryRead(ContinuationToken.Of(place), out string read));
            Assert.Equal(place, read);
        });

    [Theory]
    [InlineData("not base64!")]
    [InlineData("a")]
    [InlineData("gICA")]
    public void An_invalid_token_is_refused(string token) => Assert.False(ContinuationToken.TryRead(token, out _));

    [Fact]
    public void The_reader_handles_any_text() => Gen.String.Sample(token =>
    {
        ContinuationToken.TryRead(token, out _);
    });
}
