using CsCheck;

namespace McpFunctions.Domain.Tests;

public sealed class ContinuationTokenTests
{
    [Fact]
    public void A_token_gives_back_the_place_it_was_made_of() =>
        Gen.String[Gen.Char.AlphaNumeric, 0, 500].Sample(place =>
        {
            Assert.True(ContinuationToken.TryRead(ContinuationToken.Of(place), out string read));
            Assert.Equal(place, read);
        });

    [Theory]
    [InlineData("not base64!")]
    [InlineData("a")]
    [InlineData("gICA")]
    public void What_is_no_token_is_refused(string token) => Assert.False(ContinuationToken.TryRead(token, out _));

    [Fact]
    public void The_reader_handles_any_text() => Gen.String.Sample(token =>
    {
        ContinuationToken.TryRead(token, out _);
    });
}
