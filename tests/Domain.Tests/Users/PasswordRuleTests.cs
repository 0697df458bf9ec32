using McpFunctions.Domain.Credentials;


namespace McpFunctions.Domain.Tests.Users;

public sealed class PasswordRuleTests
{
    [Theory]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("q1w2e3r4t5y6")]
    [InlineData("zxcvbnm12345")]
    [InlineData("dragon123456")]
    [InlineData("Dr4g0n123456")]
    [InlineData("Password123!")]
    [InlineData("P@ssw0rd2026!")]
    [InlineData("qwertyqwerty12")]
    [InlineData("qwertyuiop[]")]
    [InlineData("1qaz2wsx3edc4rfv")]
    [InlineData("abcdefghijklmnop")]
    [InlineData("monkeymonkey99")]
    [InlineData("administrator1")]
    [InlineData("changeme12345")]
    [InlineData("987654321qwerty")]
    [InlineData("iloveyou2025!!")]
    [InlineData("asdfghjkl;'123")]
    public void A_password_that_guessers_try_first_is_refused(string password) => Assert.NotNull(PasswordRule.ProblemOf(password, "ada"));

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("Tr0ub4dor-and-more")]
    [InlineData("3A91F0C25B7D4E8890AB12CD34EF5678")]
    [InlineData("vkpcjqzmwtyb")]
    [InlineData("ein Wal fliegt nachts")]
    [InlineData("Lösegeld für Möwen")]
    public void A_long_and_uncommon_password_is_accepted_whatever_its_characters(string password) => Assert.Null(PasswordRule.ProblemOf(password, "ada"));

    [Fact]
    public void A_long_password_is_estimated_as_quickly_as_a_short_one() =>
        Assert.Null(PasswordRule.ProblemOf(string.Concat(Enumerable.Range(0, 1024).Select(number => (char)('!' + (number * 37 % 90)))), "ada"));
}
