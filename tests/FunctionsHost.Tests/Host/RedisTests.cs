using System.Collections.Concurrent;
using System.Net;
using System.Text;
using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsProtocol;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class RedisTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private readonly ConcurrentQueue<InvocationRequest> _invocations = new();

    private Task<InvocationResponse> Record(ScriptedInvocation invocation)
    {
        _invocations.Enqueue(invocation.Request);
        return Task.FromResult(ScriptedWorker.Done());
    }

    private TestApp App(params (string, string)[] settings) =>
        TestApp.With([("RedisConnection", redis.Server.ConnectionString), .. settings]);

    private async Task<InvocationRequest> PublishAsync(string channel, RedisValue message)
    {
        await redis.Publisher.PublishAsync(RedisChannel.Literal(channel), message);
        await Eventually.UntilAsync(() => !_invocations.IsEmpty);
        return Assert.Single(_invocations);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("""{"a":"b\\c"}""", """{\"a\":\"b\\\\c\"}""")]
    [InlineData("Grüße <b>'x' + 世界</b> 👋 / & \u007f", "Grüße <b>'x' + 世界</b> 👋 / & \u007f")]
    [InlineData("tab\t line\r\n null\0 bell\a back\b form\f", @"tab\t line\r\n null\u0000 bell\u0007 back\b form\f")]
    [InlineData("\u0085\u2028\u2029", @"\u0085\u2028\u2029")]
    public async Task The_envelope_is_compact_json_in_the_real_hosts_order_and_escaping(string message, string escaped)
    {
        var channel = $"envelope:{Guid.NewGuid():N}";
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Redis("OnMessage", channel, Record), App());

        var invocation = await PublishAsync(channel, message);

        Assert.Equal("message", invocation.InputData[0].Name);
        Assert.Equal(
            $$"""{"SubscriptionChannel":"{{channel}}","Channel":"{{channel}}","Message":"{{escaped}}"}""",
            invocation.InputData[0].Data.String
        );
        Assert.Equal(message, invocation.TriggerMetadata["Message"].String);
        Assert.Equal(channel, invocation.TriggerMetadata["Channel"].String);
        Assert.Equal(channel, invocation.TriggerMetadata["SubscriptionChannel"].String);
    }

    [Fact]
    public async Task Bytes_that_are_not_utf_8_become_replacement_characters()
    {
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Redis("OnMessage", "invalid", Record), App());

        var invocation = await PublishAsync("invalid", new byte[] { (byte)'a', 0xff, (byte)'b' });

        Assert.Equal("a\ufffdb", invocation.TriggerMetadata["Message"].String);
    }

    [Theory]
    [InlineData("String")]
    [InlineData("Binary")]
    [InlineData(null)]
    public async Task The_parameters_type_decides_the_form_of_the_envelope(string? dataType)
    {
        var channel = $"type:{dataType}";
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Redis("OnMessage", channel, Record, dataType: dataType),
            App()
        );
        var expected = $$"""{"SubscriptionChannel":"{{channel}}","Channel":"{{channel}}","Message":"x"}""";

        var data = (await PublishAsync(channel, "x")).InputData[0].Data;

        Assert.Equal(
            expected,
            dataType switch
            {
                "String" => data.String,
                "Binary" => data.Bytes.ToStringUtf8(),
                _ => data.Json,
            }
        );
    }

    [Fact]
    public async Task A_pattern_gets_every_channel_that_matches()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Redis("OnPattern", "pattern:*", Record, pattern: true),
            App()
        );

        var invocation = await PublishAsync("pattern:one", "x");

        Assert.Equal("""{"SubscriptionChannel":"pattern:*","Channel":"pattern:one","Message":"x"}""", invocation.InputData[0].Data.String);
    }

    [Fact]
    public async Task A_channel_can_be_a_setting()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Redis("OnSetting", "%TheChannel%", Record),
            App(("TheChannel", "from:settings"))
        );

        Assert.Equal("from:settings", (await PublishAsync("from:settings", "x")).TriggerMetadata["Channel"].String);
    }

    [Fact]
    public async Task Messages_come_one_at_a_time_and_in_order_and_other_functions_do_not_wait()
    {
        var running = 0;
        var mostAtOnce = 0;
        var seen = new ConcurrentQueue<string>();
        var hold = new TaskCompletionSource();
        var others = 0;
        var worker = new ScriptedWorker()
            .Redis(
                "Ordered",
                "ordered",
                async invocation =>
                {
                    mostAtOnce = Math.Max(mostAtOnce, Interlocked.Increment(ref running));
                    if (seen.IsEmpty)
                        await hold.Task;
                    seen.Enqueue(invocation.Request.TriggerMetadata["Message"].String);
                    Interlocked.Decrement(ref running);
                    return ScriptedWorker.Done();
                }
            )
            .Redis(
                "Parallel",
                "ordered",
                invocation =>
                {
                    Interlocked.Increment(ref others);
                    return Task.FromResult(ScriptedWorker.Done());
                }
            );
        await using var host = await TestHost.StartAsync(worker, App());
        var expected = Enumerable.Range(0, 200).Select(n => $"{n}").ToList();

        foreach (var message in expected)
            await redis.Publisher.PublishAsync(RedisChannel.Literal("ordered"), message);
        await Eventually.UntilAsync(() => others == expected.Count);
        Assert.Empty(seen);
        hold.SetResult();
        await Eventually.UntilAsync(() => seen.Count == expected.Count);

        Assert.Equal(expected, seen);
        Assert.Equal(1, mostAtOnce);
    }

    [Fact]
    public async Task A_message_whose_function_fails_is_logged_and_the_next_one_follows()
    {
        var worker = new ScriptedWorker().Redis(
            "Failing",
            "failing",
            invocation =>
            {
                _invocations.Enqueue(invocation.Request);
                return Task.FromResult(_invocations.Count == 1 ? ScriptedWorker.Failure("Not this one.") : ScriptedWorker.Done());
            }
        );
        await using var host = await TestHost.StartAsync(worker, App());

        await redis.Publisher.PublishAsync(RedisChannel.Literal("failing"), "first");
        await redis.Publisher.PublishAsync(RedisChannel.Literal("failing"), "second");
        await Eventually.UntilAsync(() => _invocations.Count >= 2);

        Assert.Equal(["first", "second"], _invocations.Select(request => request.TriggerMetadata["Message"].String));
        await host.UntilLineAsync("Executed 'Functions.Failing' (Failed");
        Assert.Contains(
            host.Lines,
            line => line.Contains("Reason='Redis pubsub message detected from channel 'failing' at 20", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_message_during_a_worker_crash_waits_for_the_new_worker()
    {
        var worker = new ScriptedWorker().Redis(
            "OnMessage",
            "crash",
            invocation =>
            {
                if (invocation.Request.TriggerMetadata["Message"].String == "die")
                    invocation.Worker.Die();
                return Record(invocation);
            }
        );
        await using var host = await TestHost.StartAsync(worker, App());

        await redis.Publisher.PublishAsync(RedisChannel.Literal("crash"), "die");
        await redis.Publisher.PublishAsync(RedisChannel.Literal("crash"), "live");

        await Eventually.UntilAsync(() => _invocations.Any(request => request.TriggerMetadata["Message"].String == "live"));
        Assert.Equal(2, worker.Started.Count);
    }

    [Fact]
    public async Task All_functions_on_one_setting_share_one_connection()
    {
        var worker = new ScriptedWorker();
        for (var n = 0; n < 10; n++)
            worker.Redis($"OnChannel{n}", $"shared:{n}", Record);
        await using var host = await TestHost.StartAsync(worker, App());

        using var observer = await ConnectionMultiplexer.ConnectAsync($"{redis.Server.ConnectionStringOfTests},allowAdmin=true");
        var clients = await observer.GetServers()[0].ClientListAsync();
        var subscriber = Assert.Single(
            clients,
            client => client.Name == "AzureFunctionsRedisExtension.RedisConnection" && client.SubscriptionCount > 0
        );

        Assert.True(subscriber.SubscriptionCount >= 10, $"It has {subscriber.SubscriptionCount} subscriptions.");
    }

    [Fact]
    public async Task After_a_restart_of_redis_it_listens_again()
    {
        await using var server = await RedisServer.StartAsync();
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker().Redis("OnMessage", "again", Record),
            TestApp.With(("RedisConnection", server.ConnectionString))
        );

        await server.RestartAsync();

        await DeliversAsync(server, "again");
        await host.UntilLineAsync("The connection 'RedisConnection' to Redis is down");
        await host.UntilLineAsync("The connection 'RedisConnection' to Redis is back.");
    }

    [Fact]
    public async Task With_redis_absent_at_start_and_abort_connect_off_it_starts_late_and_delivers()
    {
        await using var server = await RedisServer.StoppedAsync();
        var worker = new ScriptedWorker().Redis("OnMessage", "late", Record).Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.LaunchAsync(
            worker,
            TestApp.With(("RedisConnection", $"{server.ConnectionString},connectTimeout=1000,asyncTimeout=1000"))
        );

        await host.UntilAsync(HostState.Error);
        await host.UntilLineAsync($"no Redis answers at 127.0.0.1:{server.Port}. ");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Client.GetAsync("api/fine")).StatusCode);
        await server.StartAgainAsync();
        await host.UntilAsync(HostState.Running);

        await DeliversAsync(server, "late");
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("api/fine")).StatusCode);
    }

    [Fact]
    public async Task With_redis_absent_at_start_and_abort_connect_on_it_responds_503_until_it_is_started_again()
    {
        await using var server = await RedisServer.StoppedAsync();
        var worker = new ScriptedWorker().Redis("OnMessage", "never", Record).Http("Fine", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.LaunchAsync(
            worker,
            TestApp.With(("RedisConnection", $"127.0.0.1:{server.Port},connectTimeout=1000"))
        );

        await host.UntilLineAsync("A trigger cannot start");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Client.GetAsync("api/fine")).StatusCode);
        await server.StartAgainAsync();
        await host.UntilLineAsync("add abortConnect=false to the connection string");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await host.Client.GetAsync("api/fine")).StatusCode);
        Assert.Contains("abortConnect", await host.Client.GetStringAsync("admin/host/status"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync("admin/host/ping")).StatusCode);
    }

    [Fact]
    public async Task A_missing_connection_setting_stops_the_host_and_is_named()
    {
        await using var host = await TestHost.LaunchAsync(
            new ScriptedWorker().Redis("OnMessage", "x", Record, connection: "OtherConnection"),
            App()
        );

        var failure = await Assert.ThrowsAsync<StartupException>(() => host.Ran.WaitAsync(Eventually.DefaultDeadline));

        Assert.StartsWith("connection 'OtherConnection' not found in provided configuration.", failure.Message, StringComparison.Ordinal);
    }

    // As the real host's extension does, with the same settings.
    [Theory]
    [InlineData("Found both connection 'Other' and 'Other__redisHostName'", "Other=127.0.0.1:1", "Other__redisHostName=127.0.0.1:2", "Other__principalId=1")]
    [InlineData("'Other__principalId' is not set", "Other__redisHostName=127.0.0.1:2")]
    [InlineData("The settings 'Other__…' make no credential", "Other__redisHostName=127.0.0.1:2", "Other__principalId=1", "Other__credential=workloadidentity")]
    public async Task A_connection_by_identity_that_is_not_right_stops_the_host_and_is_named(string problem, params string[] settings)
    {
        await using var host = await TestHost.LaunchAsync(
            new ScriptedWorker().Redis("OnMessage", "x", Record, connection: "Other"),
            App([.. settings.Select(setting => (setting.Split('=')[0], setting.Split('=')[1]))])
        );

        var failure = await Assert.ThrowsAsync<StartupException>(() => host.Ran.WaitAsync(Eventually.DefaultDeadline));

        Assert.StartsWith(problem, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redis_function_that_is_run_by_hand_fails_and_goes_on_listening()
    {
        await using var host = await TestHost.StartAsync(new ScriptedWorker().Redis("OnMessage", "by:hand", Record), App());

        using var response = await host.Client.PostAsync(
            "admin/functions/OnMessage",
            new StringContent("""{"input":"x"}""", Encoding.UTF8, "application/json")
        );

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await host.UntilLineAsync("cannot be made up from the input of a manual run");
        Assert.Equal("x", (await PublishAsync("by:hand", "x")).TriggerMetadata["Message"].String);
    }

    [Fact]
    public async Task A_message_under_way_is_finished_before_the_host_stops()
    {
        var release = new TaskCompletionSource();
        var worker = new ScriptedWorker().Redis(
            "Slow",
            "slow",
            async invocation =>
            {
                _invocations.Enqueue(invocation.Request);
                await release.Task;
                return ScriptedWorker.Done();
            }
        );
        await using var host = await TestHost.StartAsync(worker, App());
        await PublishAsync("slow", "x");
        await redis.Publisher.PublishAsync(RedisChannel.Literal("slow"), "not any more");

        host.BeginStop();
        await host.UntilAsync(HostState.Stopping);
        // The host stops listening a moment after its state changes.
        await Eventually.UntilAsync(async () => await redis.Publisher.PublishAsync(RedisChannel.Literal("slow"), "not any more") == 0);
        release.SetResult();
        await host.Ran.WaitAsync(Eventually.DefaultDeadline);

        Assert.Contains(host.Lines, line => line.Contains("Executed 'Functions.Slow' (Succeeded", StringComparison.Ordinal));
        Assert.Single(_invocations);
    }

    // The subscription returns a moment after the connection, so this publishes until a message gets through.
    private async Task DeliversAsync(RedisServer server, string channel)
    {
        await using var publisher = await ConnectionMultiplexer.ConnectAsync(server.ConnectionStringOfTests);
        await Eventually.UntilAsync(async () =>
        {
            await publisher.GetSubscriber().PublishAsync(RedisChannel.Literal(channel), "x");
            return !_invocations.IsEmpty;
        });
    }
}
