using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Start;

/// <summary>Settings with which the app must not start. Neither Redis nor storage is there, nor is either needed to find out.</summary>
public sealed class RefusedSettingTests
{
    // What stands in the settings below where a secret does; none of it may be in the log.
    private const string Secret = "this-is-a-secret-of-mine";
    private const string SamplePassword = "local-only-password";
    private const string SampleKey = "bG9jYWwtb25seS1zaWduaW5nLWtleS10aGF0LWV2ZXJ5Ym9keS1rbm93cw==";
    private const string GoodKey = "R29vZCBrZXksIG1hZGUgZm9yIHRoZXNlIHRlc3RzIG9ubHksIG5vdCBzZWNyZXQu";
    private const string ShortKey = "dG9vIHNob3J0IGEga2V5";

    public static TheoryData<string, string?, string, string> Refused => new()
    {
        { "Auth__AdminPassword", SamplePassword, "Production", "Auth__AdminPassword is the sample's" },
        { "Auth__AdminPassword", SamplePassword, "Staging", "Auth__AdminPassword is the sample's" },
        { "Auth__SigningKeys__k1", SampleKey, "Production", "Auth__SigningKeys__k1 is the sample's" },
        { "Auth__SigningKeys__k2", SampleKey, "Production", "Auth__SigningKeys__k2 is the sample's" },
        { "Auth__AdminUsername", null, "Development", "Set Auth__AdminUsername" },
        { "Auth__AdminPassword", null, "Development", "Set Auth__AdminPassword" },
        { "Auth__AdminPassword", "short-one", "Development", "Set Auth__AdminPassword" },
        { "Auth__SigningKeys__k1", null, "Development", "Auth__SigningKeys__<id>" },
        { "Auth__SigningKeyId", null, "Development", "Set Auth__SigningKeyId" },
        { "Auth__SigningKeyId", "another", "Development", "Set Auth__SigningKeyId" },
        { "Auth__SigningKeys__k1", ShortKey, "Development", "Set Auth__SigningKeys__k1" },
        { "Auth__SigningKeys__k1", Secret, "Development", "Set Auth__SigningKeys__k1" },
        { "Auth__AccessTokenLifetime", "00:00:01", "Development", "Set Auth__AccessTokenLifetime" },
        { "Auth__SessionIdleTimeout", "00:00:01", "Development", "Set Auth__SessionIdleTimeout" },
        { "Auth__SessionLifetime", "00:10:00", "Development", "Set Auth__SessionLifetime" },
        { "Auth__PasswordIterations", "99999", "Development", "Set Auth__PasswordIterations" },
        { "Auth__MaxFailuresPerName", "0", "Development", "Set Auth__MaxFailuresPerName" },
        { "Auth__MaxFailuresPerAddress", "1001", "Development", "Set Auth__MaxFailuresPerAddress" },
        { "RedisConnection", null, "Development", "Set RedisConnection" },
        { "RedisConnection", $"password={Secret}", "Development", "Set RedisConnection" },
        { "AzureWebJobsStorage", null, "Development", "Set AzureWebJobsStorage" },
        { "AzureWebJobsStorage", $"AccountKey={Secret}", "Development", "Set AzureWebJobsStorage" },
        { "AzureWebJobsStorage", $"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={Secret}!", "Development", "Set AzureWebJobsStorage" },
        { "Files__MaxBytes", "0", "Development", "Set Files__MaxBytes" },
        { "Files__MaxBytes", "-1", "Development", "Set Files__MaxBytes" },
        { "Files__MaxBytes", "104857601", "Development", "Set Files__MaxBytes" },
        { "Delivery__Consumers", "audit,nobody", "Development", "Set Delivery__Consumers" },
        { "Delivery__JournalMaxLength", "1", "Development", "Set Delivery__JournalMaxLength" },
        { "Delivery__HandlerDeadline", "00:00:45", "Development", "Set Delivery__HandlerDeadline" },
        { "Delivery__TickDeadline", "00:00:09", "Development", "Set Delivery__TickDeadline" },
        { "Delivery__KeepPointersFor", "00:00:49", "Development", "Set Delivery__KeepPointersFor to a time from 00:00:50" },
        { "Files__MaxBytes", "lots", "Development", "Set Files__MaxBytes to a whole number, for example 104857600;" },
        { "Files__MaxBytes", "99999999999999999999", "Development", "Set Files__MaxBytes to a whole number" },
        { "Delivery__Grace", Secret, "Development", "Set Delivery__Grace to a time (days.hours:minutes:seconds), for example 00:00:10;" },
        { "Delivery__JournalMaxLength", "", "Development", "Set Delivery__JournalMaxLength to a whole number, for example 200000;" },
        { "Auth__AccessTokenLifetime", "soon", "Development", "Set Auth__AccessTokenLifetime to a time" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task The_app_does_not_start_says_what_to_set_and_shows_no_secret(string setting, string? value, string environment, string message)
    {
        var settings = new Dictionary<string, string?>
        {
            ["AZURE_FUNCTIONS_ENVIRONMENT"] = environment,
            ["RedisConnection"] = "127.0.0.1:1,abortConnect=false",
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["Auth__AdminUsername"] = "admin",
            ["Auth__AdminPassword"] = "good-password-of-these-tests",
            ["Auth__SigningKeyId"] = "k1",
            ["Auth__SigningKeys__k1"] = GoodKey,
            [setting] = value,
        };

        await using var host = await GatewayApplication.StartHostAsync(FreePort.Next(), settings);

        Assert.NotEqual(0, await host.WaitForExitAsync());
        Assert.Contains(host.Output, line => line.Contains(message, StringComparison.Ordinal));
        Assert.DoesNotContain(host.Output, line => line.Contains("Host started", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Output, line => line.Contains("Exception", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
        string[] secrets = [Secret, SamplePassword, SampleKey, GoodKey, ShortKey, "good-password-of-these-tests", "short-one"];
        Assert.DoesNotContain(host.Output, line => secrets.Any(secret => line.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task In_development_the_settings_of_the_sample_are_good_enough()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var azurite = await AzuriteServer.StartAsync();
        var settings = new Dictionary<string, string?>
        {
            ["RedisConnection"] = redis.ConnectionString,
            ["AzureWebJobsStorage"] = azurite.ConnectionString,
            ["Auth__AdminUsername"] = "admin",
            ["Auth__AdminPassword"] = SamplePassword,
            ["Auth__SigningKeyId"] = "local",
            ["Auth__SigningKeys__local"] = SampleKey,
        };

        await using var host = await GatewayApplication.StartHostAsync(FreePort.Next(), settings);

        await host.WaitForLineAsync("Host started");
        Assert.Equal(0, await host.TerminateAsync());
    }
}
