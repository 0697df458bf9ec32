using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Start;

/// <summary>Settings with which the app must not start. It checks them without Redis and storage, so neither runs.</summary>
public sealed class RefusedSettingTests(GatewayApplication shared)
{
    private const string Secret = "this-is-a-secret-of-mine";
    private const string SamplePassword = "local-only-password";
    private const string SampleKey = "bG9jYWwtb25seS1zaWduaW5nLWtleS10aGF0LWV2ZXJ5Ym9keS1rbm93cw==";

    [Fact]
    public async Task The_app_does_not_start_says_what_to_set_and_shows_no_secret()
    {
        // Functions.Tests checks each setting. One start reports all errors.
        var settings = new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = "Production",
            ["RedisConnection"] = $"rediss://ada:{Secret}@redis.test:6380/2?password={Secret}",
            ["AzureWebJobsStorage"] = $"AccountKey={Secret}",
            ["Auth__AdminPassword"] = SamplePassword,
            ["Auth__SigningKeyId"] = "k1",
            ["Auth__SigningKeys__k1"] = Secret,
            ["Files__MaxBytes"] = "-1",
        };

        await using var host = await GatewayApplication.StartHostAsync(FreePort.Next(), settings);

        Assert.NotEqual(0, await host.WaitForExitAsync());
        Assert.All(
            ["not to a URL: 'redis.test:6380,", "Set AzureWebJobsStorage", "Set Auth__AdminUsername", "Auth__AdminPassword is the sample's", "Set Auth__SigningKeys__k1", "Set Files__MaxBytes"],
            message => Assert.Contains(host.Output, line => line.Contains(message, StringComparison.Ordinal)));
        Assert.DoesNotContain(host.Output, line => line.Contains("Host started", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Output, line => line.Contains("Exception", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Output, line => line.Contains(Secret, StringComparison.Ordinal) || line.Contains(SamplePassword, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_Redis_that_is_too_old_ends_the_start_with_what_is_needed_and_what_was_found()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = RedisProxy.Start(redis);
        proxy.Rewritten = ("redis_version:7.", "redis_version:5.");
        var settings = new Dictionary<string, string?>
        {
            ["RedisConnection"] = proxy.ConnectionString,
            ["AzureWebJobsStorage"] = shared.Azurite.WithNewAccount().ConnectionString,
            ["Auth__AdminUsername"] = "admin",
            ["Auth__AdminPassword"] = SamplePassword,
            ["Auth__SigningKeyId"] = "local",
            ["Auth__SigningKeys__local"] = SampleKey,
        };

        // The start waits a second for Redis. On a busy machine that is too short: then the app starts, and only logs the message.
        for (var starts = 1; ; starts++)
        {
            await using var host = await GatewayApplication.StartHostAsync(FreePort.Next(), settings);
            await host.WaitForLineAsync("The gateway needs Redis 6.2 or later, and found Redis 5.");
            try
            {
                await host.WaitForLineAsync("Host started");
            }
            catch (ChildProcessException) when (host.HasExited)
            {
                Assert.NotEqual(0, await host.Exited);
                return;
            }
            Assert.True(starts < 5, "The app started five times although Redis is too old.");
        }
    }
}
