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

    [Theory]
    [InlineData(LoginHarness.Username)]
    [InlineData("nobody")]
    public async Task The_first_login_with_any_name_hashes_the_administrators_password_and_no_start_does(string username)
    {
        var harness = new LoginHarness();
        Assert.Equal(0, harness.HashedForAdministrator);

        await harness.LoginAsync(username, "a wrong password");
        await harness.LoginAsync(LoginHarness.Username, "a wrong password");

        Assert.Equal(1, harness.HashedForAdministrator);
    }
}
