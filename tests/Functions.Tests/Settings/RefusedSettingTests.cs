using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace McpFunctions.Functions.Tests.Settings;

/// <summary>Settings that the check at start refuses. The end-to-end tests show that the app then does not start.</summary>
public sealed class RefusedSettingTests
{
    // Secrets in the settings below; none of them may be in a message.
    private const string Secret = "this-is-a-secret-of-mine";
    private const string SamplePassword = "local-only-password";
    private const string SampleKey = "bG9jYWwtb25seS1zaWduaW5nLWtleS10aGF0LWV2ZXJ5Ym9keS1rbm93cw==";
    private const string GoodKey = "R29vZCBrZXksIG1hZGUgZm9yIHRoZXNlIHRlc3RzIG9ubHksIG5vdCBzZWNyZXQu";
    private const string GoodPassword = "good-password-of-these-tests";
    private const string ShortKey = "dG9vIHNob3J0IGEga2V5";

    // One check reports all errors: each round has settings that do not hide each other's messages.
    private static readonly Dictionary<string, (string Environment, (string Setting, string? Value, string Message)[] Settings)> s_rounds = new()
    {
        ["the sample's secrets in production"] = ("Production", [
            ("Auth__AdminPassword", SamplePassword, "Auth__AdminPassword is the sample's"),
            ("Auth__SigningKeys__k1", SampleKey, "Auth__SigningKeys__k1 is the sample's"),
            ("Auth__SigningKeys__k2", SampleKey, "Auth__SigningKeys__k2 is the sample's"),
        ]),
        ["the sample's password elsewhere"] = ("Staging", [
            ("Auth__AdminPassword", SamplePassword, "Auth__AdminPassword is the sample's"),
        ]),
        ["missing settings"] = ("Development", [
            ("Auth__AdminUsername", null, "Set Auth__AdminUsername"),
            ("Auth__AdminPassword", null, "Set Auth__AdminPassword"),
            ("Auth__SigningKeyId", null, "Set Auth__SigningKeyId"),
            ("RedisConnection", null, "Set RedisConnection"),
            ("AzureWebJobsStorage", null, "Set AzureWebJobsStorage"),
        ]),
        ["no key"] = ("Development", [
            ("Auth__SigningKeys__k1", null, "Auth__SigningKeys__<id>"),
        ]),
        ["values that are too small or too large"] = ("Development", [
            ("Auth__AdminPassword", "short-one", "Set Auth__AdminPassword"),
            ("Auth__SigningKeyId", "another", "Set Auth__SigningKeyId"),
            ("Auth__SigningKeys__k1", ShortKey, "Set Auth__SigningKeys__k1"),
            ("Auth__AccessTokenLifetime", "00:00:01", "Set Auth__AccessTokenLifetime"),
            ("Auth__SessionIdleTimeout", "00:00:01", "Set Auth__SessionIdleTimeout"),
            ("Auth__PasswordIterations", "99999", "Set Auth__PasswordIterations"),
            ("Auth__MaxFailuresPerName", "0", "Set Auth__MaxFailuresPerName"),
            ("Auth__MaxFailuresPerAddress", "1001", "Set Auth__MaxFailuresPerAddress"),
            ("Auth__MaxLoginsPerName", "0", "Set Auth__MaxLoginsPerName"),
            ("Auth__MaxLoginsPerAddress", "1000001", "Set Auth__MaxLoginsPerAddress"),
            ("Auth__MaxConcurrentHashes", "0", "Set Auth__MaxConcurrentHashes"),
            ("Auth__MaxWaitingHashes", "10001", "Set Auth__MaxWaitingHashes"),
            ("Auth__MaxSessionsPerUser", "0", "Set Auth__MaxSessionsPerUser"),
            ("Auth__MaxApiKeysPerUser", "1001", "Set Auth__MaxApiKeysPerUser"),
            ("Users__KeepDataFor", "366.00:00:00", "Set Users__KeepDataFor"),
            ("Quotas__Files", "0", "Set Quotas__Files"),
            ("Quotas__FileBytes", "0", "Set Quotas__FileBytes"),
            ("Quotas__RunningCommands", "0", "Set Quotas__RunningCommands"),
            ("Quotas__RunningWorkflows", "0", "Set Quotas__RunningWorkflows"),
            ("Quotas__InboxBytes", "1", "Set Quotas__InboxBytes"),
            ("Quotas__ContextBytes", "1", "Set Quotas__ContextBytes"),
            ("Files__MaxBytes", "0", "Set Files__MaxBytes"),
            ("Delivery__Consumers", "audit,nobody", "Set Delivery__Consumers"),
            ("Delivery__JournalMaxLength", "1", "Set Delivery__JournalMaxLength"),
            ("Delivery__JournalMaxBytes", "1", "Set Delivery__JournalMaxBytes"),
            ("Delivery__TickDeadline", "00:00:09", "Set Delivery__TickDeadline"),
            ("StorageTimeout", "00:02:00", "Set StorageTimeout"),
            ("Health__Samples", "0", "Set Health__Samples"),
            ("Health__Dwell", "02:00:00", "Set Health__Dwell"),
            ("Health__MaxLag", "00:00:01", "Set Health__MaxLag"),
            ("RateLimit__Requests", "0", "Set RateLimit__Requests"),
            ("RateLimit__Window", "00:00:00", "Set RateLimit__Window"),
            ("Mcp__AllowedOrigins", "https://agents.example.com/page", "Set Mcp__AllowedOrigins"),
            ("WebPubSubHub", "1", "Set WebPubSubHub"),
            ("WebPubSubConnectionString__serviceUri", "http://contoso.webpubsub.azure.com", "Set WebPubSubConnectionString__serviceUri"),
            // More than the function's time-out allows.
            ("Notifications__StreamDuration", "01:00:00", "Set Notifications__StreamDuration"),
        ]),
        ["values of the wrong form"] = ("Development", [
            ("WebPubSubConnectionString", "https://contoso.webpubsub.azure.com", "Set WebPubSubConnectionString to the connection string"),
            ("Auth__AdminPassword", "dragon123456", "Auth__AdminPassword is too easy to guess. Use a password without common passwords"),
            ("Auth__SigningKeys__k1", Secret, "Set Auth__SigningKeys__k1"),
            ("Auth__SessionLifetime", "00:10:00", "Set Auth__SessionLifetime"),
            ("RedisConnection", $"password={Secret}", "Set RedisConnection"),
            ("AzureWebJobsStorage", $"AccountKey={Secret}", "Set AzureWebJobsStorage"),
            ("Files__MaxBytes", "-1", "Set Files__MaxBytes"),
            ("Delivery__HandlerDeadline", "00:00:45", "Set Delivery__HandlerDeadline"),
        ]),
        ["a key that is no base64, and a byte too many"] = ("Development", [
            ("AzureWebJobsStorage", $"DefaultEndpointsProtocol=https;AccountName=a;AccountKey={Secret}!", "Set AzureWebJobsStorage"),
            ("Files__MaxBytes", "104857601", "Set Files__MaxBytes"),
            ("Delivery__KeepOutboxEntriesFor", "00:00:49", "Set Delivery__KeepOutboxEntriesFor to a time from 00:00:50"),
        ]),
        ["values that are no number and no time"] = ("Development", [
            ("Files__MaxBytes", "lots", "Set Files__MaxBytes to a whole number, for example 100000000;"),
            ("Delivery__RelayAfter", Secret, "Set Delivery__RelayAfter to a time (days.hours:minutes:seconds), for example 00:00:15;"),
            ("Delivery__JournalMaxLength", "", "Set Delivery__JournalMaxLength to a whole number, for example 200000;"),
            ("Auth__AccessTokenLifetime", "soon", "Set Auth__AccessTokenLifetime to a time"),
        ]),
        ["a value that is no number beside values out of range"] = ("Development", [
            ("Auth__MaxLoginsPerName", "many", "Set Auth__MaxLoginsPerName to a whole number, for example 100;"),
            ("Auth__MaxSessionsPerUser", "0", "Set Auth__MaxSessionsPerUser to a number from 1 to 1000, or leave it out for 50; it is 0."),
            ("Auth__SessionIdleTimeout", "31.00:00:00", "Set Auth__SessionIdleTimeout to a time from 00:00:05 to 30.00:00:00, or leave it out for 00:30:00; it is 31.00:00:00."),
            ("Auth__SigningKeys__k1", ShortKey, "Set Auth__SigningKeys__k1"),
        ]),
        ["a URL of Redis"] = ("Development", [
            ("RedisConnection", $"rediss://ada:{Secret}@redis.test:6380/2?password={Secret}",
                "not to a URL: 'redis.test:6380,user=<user>,password=<password>,ssl=true,defaultDatabase=2,abortConnect=false'"),
        ]),
        ["a connection string beside an identity"] = ("Development", [
            ("RedisConnection__redisHostName", "redis.test:10000", "RedisConnection and RedisConnection__redisHostName are set. Remove RedisConnection"),
            ("RedisConnection__redisHostName", "redis.test:10000", "Set RedisConnection__principalId"),
            ("AzureWebJobsStorage__accountName", "contoso", "AzureWebJobsStorage and AzureWebJobsStorage__accountName are set. Remove AzureWebJobsStorage"),
        ]),
        ["an empty connection string beside an identity"] = ("Development", [
            // The Functions host takes it for a connection string.
            ("AzureWebJobsStorage", "", "Remove AzureWebJobsStorage, also an empty one"),
            ("AzureWebJobsStorage__accountName", "contoso", "AzureWebJobsStorage and AzureWebJobsStorage__accountName are set"),
        ]),
        ["half an identity"] = ("Development", [
            ("RedisConnection", null, "Set RedisConnection__redisHostName to the host of Redis"),
            ("RedisConnection__principalId", "00000000-0000-0000-0000-000000000001", "Set RedisConnection__redisHostName"),
            ("RedisConnection__clientSecret", Secret, "Set RedisConnection__tenantId and RedisConnection__clientId beside RedisConnection__clientSecret"),
            ("AzureWebJobsStorage", null, "both AzureWebJobsStorage__blobServiceUri and AzureWebJobsStorage__tableServiceUri"),
            ("AzureWebJobsStorage__blobServiceUri", "https://contoso.blob.core.windows.net", "Set AzureWebJobsStorage__accountName"),
            ("AzureWebJobsStorage__credential", "workloadidentity", "AzureWebJobsStorage__credential=workloadidentity needs a tenant, a client and a token file"),
        ]),
        ["wrong values of an identity"] = ("Development", [
            ("RedisConnection", null, "RedisConnection__redisHostName"),
            ("RedisConnection__redisHostName", "redis.test:10000,ssl=False", "without a user, a password or ssl=false"),
            ("RedisConnection__principalId", " ", "Set RedisConnection__principalId"),
            ("RedisConnection__credential", "password", "Set RedisConnection__credential to managedidentity, workloadidentity or managedidentityasfederatedidentity, or leave it out."),
            ("AzureWebJobsStorage", null, "AzureWebJobsStorage__accountName"),
            ("AzureWebJobsStorage__accountName", "Contoso", "Set AzureWebJobsStorage__accountName to the name of a storage account: 3 to 24 small letters and digits."),
            ("AzureWebJobsStorage__tableServiceUri", $"https://contoso.table.core.windows.net?sig={Secret}", "Set AzureWebJobsStorage__tableServiceUri to an address"),
            ("AzureWebJobsStorage__blobServiceUri", "http://contoso.blob.core.windows.net", "Set AzureWebJobsStorage__blobServiceUri to an address that begins with https://"),
            ("AzureWebJobsStorage__clientID2", "1", "AzureWebJobsStorage__clientID2 is no setting of a connection by identity. Choose from accountName, "),
        ]),
        ["settings of an identity that exclude each other"] = ("Development", [
            ("RedisConnection", null, "RedisConnection__clientSecret"),
            ("RedisConnection__redisHostName", $"redis.test:10000,password={Secret}", "Set RedisConnection__redisHostName"),
            ("RedisConnection__principalId", "1", "RedisConnection"),
            ("RedisConnection__credential", "ManagedIdentity", "RedisConnection__clientSecret has no use with RedisConnection__credential=managedidentity"),
            ("RedisConnection__clientSecret", Secret, "remove one of them"),
            ("AzureWebJobsStorage", null, "AzureWebJobsStorage"),
            ("AzureWebJobsStorage__accountName", "contoso", "AzureWebJobsStorage__clientId, AzureWebJobsStorage__credential, AzureWebJobsStorage__managedIdentityResourceId make no credential together."),
            ("AzureWebJobsStorage__credential", "managedidentity", "make no credential together"),
            ("AzureWebJobsStorage__clientId", "1", "make no credential together"),
            ("AzureWebJobsStorage__managedIdentityResourceId", "/subscriptions/1", "make no credential together"),
        ]),
        ["a Key Vault reference that the platform has not resolved"] = ("Production", [
            ("Auth__AdminPassword", "@Microsoft.KeyVault(SecretUri=https://contoso.vault.azure.net/secrets/password)", "Auth__AdminPassword is a Key Vault reference that the platform has not resolved."),
            ("Auth__SigningKeys__k1", "@Microsoft.KeyVault(VaultName=contoso;SecretName=k1)", "Auth__SigningKeys__k1 is a Key Vault reference"),
        ]),
        ["a file of signing keys that is not there"] = ("Production", [
            ("Auth__SigningKeysFile", "/nowhere/keys.json", "Set Auth__SigningKeysFile to a file with signing keys; /nowhere/keys.json is not usable. There is no such file."),
            ("Auth__SigningKeyId", null, "Auth__SigningKeysFile"),
            ("Auth__SigningKeys__k1", null, "Auth__SigningKeysFile"),
        ]),
        ["a file of signing keys beside keys"] = ("Production", [
            ("Auth__SigningKeysFile", "/nowhere/keys.json", "Auth__SigningKeysFile is set beside Auth__SigningKeyId or Auth__SigningKeys__<id>. Remove it, or remove them."),
        ]),
        ["a number that is too long"] = ("Development", [
            ("Files__MaxBytes", "99999999999999999999", "Set Files__MaxBytes to a whole number"),
        ]),
    };

    public static TheoryData<string> Rounds => [.. s_rounds.Keys];

    [Theory]
    [MemberData(nameof(Rounds))]
    public void The_messages_say_what_to_set_and_show_no_secret(string round)
    {
        var (environment, changes) = s_rounds[round];
        IReadOnlyList<string> problems = ProblemsOf(environment, changes.Select(change => (change.Setting, change.Value)));

        Assert.All(changes, change => Assert.Contains(problems, problem => problem.Contains(change.Message, StringComparison.Ordinal)));
        Assert.All(problems, problem => Assert.Matches("^(Set )?[A-Z][A-Za-z]+(__| )", problem));
        string[] secrets = [Secret, SamplePassword, SampleKey, GoodKey, ShortKey, GoodPassword, "short-one"];
        Assert.DoesNotContain(problems, problem => secrets.Any(secret => problem.Contains(secret, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_settings_that_the_rounds_change_are_valid_as_they_are() => Assert.Empty(ProblemsOf("Production", []));

    [Fact]
    public void In_development_the_secrets_of_the_sample_are_valid() =>
        Assert.Empty(ProblemsOf("Development", [("Auth__AdminPassword", SamplePassword), ("Auth__SigningKeys__k1", SampleKey)]));

    [Theory]
    [InlineData("RedisConnection__redisHostName=redis.test:10000", "RedisConnection__principalId=1")]
    [InlineData("RedisConnection__redisHostName=redis.test", "RedisConnection__principalId=1", "RedisConnection__credential=managedidentity", "RedisConnection__clientId=2")]
    [InlineData("RedisConnection__redisHostName=redis.test", "RedisConnection__principalId=1", "RedisConnection__tenantId=2", "RedisConnection__clientId=3", "RedisConnection__clientSecret=4")]
    [InlineData("AzureWebJobsStorage__accountName=contoso")]
    [InlineData("AzureWebJobsStorage__accountName=contoso", "AzureWebJobsStorage__credential=managedidentity", "AzureWebJobsStorage__managedIdentityObjectId=1")]
    [InlineData("AzureWebJobsStorage__accountName=contoso", "AzureWebJobsStorage__credential=workloadidentity", "AzureWebJobsStorage__clientId=1", "AzureWebJobsStorage__tenantId=2", "AzureWebJobsStorage__tokenFilePath=/f")]
    [InlineData("AzureWebJobsStorage__blobServiceUri=https://a.test", "AzureWebJobsStorage__tableServiceUri=https://b.test/x", "AzureWebJobsStorage__queueServiceUri=https://c.test")]
    [InlineData("WebPubSubConnectionString__serviceUri=https://contoso.webpubsub.azure.com", "WebPubSubConnectionString__credential=managedidentity", "WebPubSubConnectionString__clientId=2")]
    public void An_identity_replaces_the_connection_string(params string[] identity)
    {
        string connection = identity[0].Split("__")[0];

        Assert.Empty(ProblemsOf("Production", [(connection, null), .. identity.Select(each => each.Split('=', 2)).Select(each => (each[0], (string?)each[1]))]));
    }

    private static IReadOnlyList<string> ProblemsOf(string environment, IEnumerable<(string Setting, string? Value)> changes)
    {
        var settings = new Dictionary<string, string?>
        {
            ["RedisConnection"] = "127.0.0.1:1,abortConnect=false",
            ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
            ["Auth__AdminUsername"] = "admin",
            ["Auth__AdminPassword"] = GoodPassword,
            ["Auth__SigningKeyId"] = "k1",
            ["Auth__SigningKeys__k1"] = GoodKey,
        };
        foreach ((string setting, string? value) in changes)
        {
            settings[setting] = value;
        }

        // The app reads them from environment variables, in which a colon is written as two underscores.
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Where(setting => setting.Value is not null).ToDictionary(
                setting => setting.Key.Replace("__", ":", StringComparison.Ordinal), setting => setting.Value))
            .Build();
        using ServiceProvider services = new ServiceCollection()
            .AddSingleton<IHostEnvironment>(new TestEnvironment { EnvironmentName = environment })
            .AddSingleton(configuration)
            .AddLogging()
            .AddGateway(configuration)
            .BuildServiceProvider();
        return GatewaySettings.Problems(services);
    }

    private sealed class TestEnvironment : IHostEnvironment
    {
        public required string EnvironmentName { get; set; }

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
