using System.Text.Json;
using McpFunctions.FunctionsHost.Tests.Host;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>The sample app's Redis and timer functions, with a real Redis and a real Azurite.</summary>
public sealed class TriggerTests(TriggerTests.Fixture fixture) : IClassFixture<TriggerTests.Fixture>
{
    private HostProcess Host => fixture.Host;

    private Task<long> PublishAsync(string channel, string message) =>
        fixture.Publisher.PublishAsync(RedisChannel.Literal(channel), message);

    private Task<IReadOnlyList<string>> RecordedAsync(string function, Func<IReadOnlyList<string>, bool> accept) =>
        Eventually.GetAsync(() => Host.RecordedAsync(function), accept);

    [Theory]
    [InlineData("OnText", "sample:text")]
    [InlineData("OnBytes", "sample:bytes")]
    [InlineData("OnSetting", "sample:setting")]
    public async Task A_message_reaches_its_function_as_an_envelope(string function, string channel)
    {
        var message = $"Grüße <{Guid.NewGuid():N}> 👋";

        await PublishAsync(channel, message);

        await RecordedAsync(
            function,
            entries => entries.Contains($$"""{"SubscriptionChannel":"{{channel}}","Channel":"{{channel}}","Message":"{{message}}"}""")
        );
    }

    [Fact]
    public async Task A_class_gets_the_envelopes_values_and_an_element_its_json()
    {
        await PublishAsync("sample:envelope", "for a class");
        await PublishAsync("sample:element", "for an element");

        await RecordedAsync("OnEnvelope", entries => entries.Contains("sample:envelope|sample:envelope|for a class"));
        await RecordedAsync("OnElement", entries => entries.Contains("for an element"));
    }

    [Fact]
    public async Task A_pattern_gets_the_channels_that_match()
    {
        await PublishAsync("sample:pattern:one", "x");

        await RecordedAsync(
            "OnPattern",
            entries => entries.Contains("""{"SubscriptionChannel":"sample:pattern:*","Channel":"sample:pattern:one","Message":"x"}""")
        );
    }

    [Fact]
    public async Task A_failing_message_does_not_keep_back_the_next()
    {
        await PublishAsync("sample:failing", "fail");
        await PublishAsync("sample:failing", "after the failure");

        await RecordedAsync("OnFailing", entries => entries.Contains("after the failure"));
        await Host.Process.WaitForLineAsync("The Redis function threw.");
    }

    [Fact]
    public async Task A_slow_function_gets_its_messages_one_after_the_other()
    {
        foreach (var message in new[] { "1", "2", "3" })
            await PublishAsync("sample:slow", message);

        var entries = await RecordedAsync("OnSlow", entries => entries.Count == 6);

        Assert.Equal(["start 1", "end 1", "start 2", "end 2", "start 3", "end 3"], entries);
    }

    [Fact]
    public async Task Timers_fire_and_get_their_schedule()
    {
        await RecordedAsync("EverySecond", entries => entries.Count >= 2);
        await RecordedAsync("EveryInterval", entries => entries.Count >= 1);
        await RecordedAsync("OnScheduleSetting", entries => entries.Count >= 1);
        var atStart = JsonDocument.Parse((await RecordedAsync("AtStart", entries => entries.Count == 1))[0]).RootElement;
        var everySecond = JsonDocument.Parse((await Host.RecordedAsync("EverySecond"))[0]).RootElement;

        Assert.False(atStart.GetProperty("IsPastDue").GetBoolean());
        Assert.True(atStart.GetProperty("ScheduleStatus").GetProperty("Next").GetDateTime() > DateTime.UtcNow);
        Assert.Equal(JsonValueKind.Null, everySecond.GetProperty("ScheduleStatus").ValueKind);
    }

    [Fact]
    public async Task A_timer_that_is_run_by_hand_is_retried_by_its_attribute()
    {
        using var response = await Host.Client.PostAsync(
            "admin/functions/Retried",
            new StringContent("{}", System.Text.Encoding.UTF8, "application/json")
        );

        Assert.Equal(["attempt 0 of 2", "attempt 1 of 2", "attempt 2 of 2"], await RecordedAsync("Retried", entries => entries.Count == 3));
    }

    public sealed class Fixture(AzuriteFixture azurite) : IAsyncLifetime
    {
        private RedisServer _redis = null!;
        private ConnectionMultiplexer _connection = null!;

        internal HostProcess Host { get; private set; } = null!;

        internal ISubscriber Publisher => _connection.GetSubscriber();

        public async ValueTask InitializeAsync()
        {
            _redis = await RedisServer.StartAsync();
            _connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionStringOfTests);
            Host = await HostProcess.StartAsync(
                "OnText OnBytes OnEnvelope OnElement OnPattern OnSetting OnFailing OnSlow EverySecond EveryInterval AtStart OnScheduleSetting Retried Recorded",
                ("RedisConnection", _redis.ConnectionString),
                ("AzureWebJobsStorage", azurite.Server.WithNewAccount().ConnectionString)
            );
        }

        public async ValueTask DisposeAsync()
        {
            await Host.DisposeAsync();
            await _connection.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }
}
