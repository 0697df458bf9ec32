using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Tests.Settings;

public sealed class ConnectionOptionsTests
{
    [Theory]
    [InlineData("redis://localhost", "'localhost:6379,abortConnect=false'")]
    [InlineData("rediss://cache.test", "'cache.test:6379,ssl=true,abortConnect=false'")]
    [InlineData("redis://:SECRET@cache.test:6380/3", "'cache.test:6380,password=<password>,defaultDatabase=3,abortConnect=false'")]
    [InlineData("REDISS://ada:SECRET@[::1]:6380", "'[::1]:6380,user=<user>,password=<password>,ssl=true,abortConnect=false'")]
    [InlineData("redis://SECRET@cache.test", "'cache.test:6379,password=<password>,abortConnect=false'")]
    [InlineData("redis://ada:SEC/RET@cache.test", "'<host>:<port>,")]
    [InlineData("redis://SECRET/more@cache.test", "'<host>:<port>,")]
    [InlineData("redis://ada:more@SECRET/more@cache.test", "'<host>:<port>,")]
    [InlineData("redis://one.test:6379,two.test:6379", "'<host>:<port>,")]
    [InlineData("https://cache.test", "'<host>:<port>,")]
    public void A_URL_of_Redis_is_refused_with_the_form_to_use_and_without_the_password(string url, string form)
    {
        ValidateOptionsResult result = new ConnectionOptionsValidator(new ConfigurationBuilder().Build()).Validate(
            null, new ConnectionOptions { RedisConnection = url, AzureWebJobsStorage = "UseDevelopmentStorage=true" });

        string failure = Assert.Single(result.Failures!);
        Assert.Contains(form, failure, StringComparison.Ordinal);
        Assert.DoesNotContain("SECRET", failure, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ada", failure, StringComparison.Ordinal);
    }
}
