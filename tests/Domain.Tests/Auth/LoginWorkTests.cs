namespace McpFunctions.Domain.Tests.Auth;

public sealed class LoginWorkTests
{
    [Theory]
    [InlineData(LoginHarness.Username)]
    [InlineData("nobody")]
    public async Task A_failed_login_compares_one_hash_whether_the_name_exists_or_not(string username)
    {
        var harness = new LoginHarness();

        var login = await harness.LoginAsync(username, "a wrong password");

        Assert.IsType<Failure.Unauthenticated>(login.Failure);
        Assert.Equal(1, harness.Verified);
    }
}
