using McpFunctions.Functions.Files;

namespace McpFunctions.Functions.Tests.Files;

public sealed class FilesOptionsTests
{
    [Theory]
    [InlineData(null, 104_857_600)]
    [InlineData("", 104_857_600)]
    [InlineData("lots", 104_857_600)]
    [InlineData("1000", 1000)]
    [InlineData("2147483648", 2_147_483_648)]
    public void The_hosts_limit_follows_its_setting(string? setting, long expected) => Assert.Equal(expected, FilesOptions.HostLimitOf(setting));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(104_857_600, true)]
    [InlineData(104_857_601, false)]
    public void A_file_may_be_as_large_as_the_host_lets_through(long bytes, bool isTaken)
    {
        var options = new FilesOptions { MaxBytes = bytes };

        Assert.Equal(isTaken, options.Validate(null, options).Succeeded);
    }

    [Fact]
    public void A_form_with_a_file_of_the_default_limit_fits_under_the_hosts() => Assert.Equal(100_000_000, new FilesOptions().MaxBytes);
}
