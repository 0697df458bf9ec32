using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// A round of a fault: a user changes files, something breaks meanwhile, and after the repair every committed event has had
/// each effect exactly once. With <c>./test --long</c> there are more rounds, under more load.
/// </summary>
/// <param name="Gateway">The gateway to break.</param>
/// <param name="User">The user whose files change.</param>
/// <param name="Load">The changes.</param>
/// <param name="Random">Random numbers of the round's seed.</param>
/// <param name="LoadTime">The minimum time of the load. The load lasts at least as long as the fault.</param>
internal sealed record FaultRound(GatewayApplication Gateway, GatewayUser User, Load Load, Random Random, TimeSpan LoadTime)
{
    /// <summary>Whether this is a long test run.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("MCPFUNCTIONS_LONG_TESTS") == "1";

    /// <summary>How long a test waits for the last effect before it counts as lost.</summary>
    public static TimeSpan SettleTimeout { get; } = Eventually.DefaultDeadline;

    /// <summary>The duration of an outage.</summary>
    public static TimeSpan Outage { get; } = TimeSpan.FromSeconds(IsLong ? 15 : 3);

    private static int Files => IsLong ? 100 : 20;

    /// <summary>Lets the load go on for the time of an outage.</summary>
    public static Task WaitAsync() => PauseAsync(Outage);

    /// <summary>Lets the load go on for a random part of a time.</summary>
    public Task WaitAtMostAsync(TimeSpan time) => PauseAsync(time * Random.NextDouble());

    /// <summary>The seed of this run: <c>MCPFUNCTIONS_SEED</c>, or a random one.</summary>
    public static int NextSeed() => Environment.GetEnvironmentVariable("MCPFUNCTIONS_SEED") is { } given
        ? int.Parse(given, CultureInfo.InvariantCulture)
        : System.Random.Shared.Next();

    /// <summary>Runs rounds, and proves after each that nothing was lost and nothing had its effect twice.</summary>
    /// <param name="fault">The name of the fault in the report.</param>
    /// <param name="gateway">The gateway.</param>
    /// <param name="breakAsync">Breaks something, and returns when it works again.</param>
    /// <param name="rounds">The number of rounds in a long test; a short one has one.</param>
    /// <param name="settle">Whether to check again when no outcome is open any longer. Faults of storage need this.</param>
    /// <param name="changesPerSecond">Changes per second in a long test; 40 in a short one.</param>
    /// <param name="seconds">Seconds of load in a long test; 3 in a short one.</param>
    public static async Task RunAsync(
        string fault, GatewayApplication gateway, Func<FaultRound, Task> breakAsync, int rounds = 1, bool settle = false, int changesPerSecond = 100, int seconds = 10)
    {
        var loadTime = TimeSpan.FromSeconds(IsLong ? seconds : 3);
        for (var number = 0; number < (IsLong ? rounds : 1); number++)
        {
            await RunOnceAsync(fault, NextSeed(), breakAsync, settle, gateway, IsLong ? changesPerSecond : 40, loadTime);
        }
    }

    private static async Task RunOnceAsync(
        string fault, int seed, Func<FaultRound, Task> breakAsync, bool settle, GatewayApplication gateway, int changesPerSecond, TimeSpan loadTime)
    {
        var started = DateTimeOffset.UtcNow;
        var user = gateway.NewUser();
        var random = new Random(seed);
        var load = new Load(user, seed);
        await using var published = await Published.ListenAsync(gateway, user);
        await load.PrepareAsync(Files);
        await MakeWholeAsync(user);

        var running = load.RunAsync(changesPerSecond);
        var loading = Stopwatch.StartNew();
        await PauseAsync(loadTime * (0.1 + (0.5 * random.NextDouble())));
        // On a busy machine, the first change may take longer.
        await Eventually.UntilAsync(() => load.Acknowledged.Count > Files);
        var breaking = Stopwatch.StartNew();
        await breakAsync(new FaultRound(gateway, user, load, random, loadTime));
        var faultTime = breaking.Elapsed;
        var catchingUp = Stopwatch.StartNew();
        await PauseAsync(loadTime - loading.Elapsed);
        load.Stop();
        await running;

        Effects? seen = null;
        var last = "";
        await CheckAsync();
        catchingUp.Stop();
        if (settle)
        {
            await CheckUntilAsync(async () => await Effects.PendingAsync(gateway, user) == 0);
            await CheckAsync();
        }

        var committed = await Effects.CommittedAsync(gateway, user);
        TestContext.Current.TestOutputHelper?.WriteLine(Report());
        FaultReport.Add(fault, committed.Count, seen?.Lost ?? -1, seen?.Surplus ?? -1, catchingUp.Elapsed);
        Assert.True(seen is not null, $"{fault}, seed {seed}: effects could not be read. {last}");
        Assert.True(seen.Committed.Count > Files, "Nothing was changed, so the test proves nothing.");
        Assert.True(seen is { Lost: 0, Surplus: 0 }, $"{Report()}{Missing(seen)}");
        // Every change with a success response is committed, and each version of a file exists once.
        var versions = committed.Values.Select(each => (each.Text("payload", "fileId"), each.Number("payload", "version"))).ToHashSet();
        Assert.Empty(load.Acknowledged.Except(versions));
        Assert.Equal(committed.Count, versions.Count);
        foreach (var file in await user.FilesAsync())
        {
            Assert.Equal(file.Number("version"), versions.Count(version => version.Item1 == file.Text("id")));
        }
        Assert.Empty(published.EventIds.Except(committed.Keys));
        Assert.DoesNotContain(load.Responses.Keys, response => response.StartsWith('4'));

        async Task CheckAsync()
        {
            try
            {
                await CheckUntilAsync(async () => (seen = await Effects.ReadAsync(gateway, user, started)) is { Lost: 0, Surplus: 0 });
            }
            catch (TimeoutException exception)
            {
                // The assertion below reports the missing effects.
                last = $"{exception}";
            }
        }

        string Report() => string.Create(
            CultureInfo.InvariantCulture,
            $"{fault}: seed {seed}, {committed.Count} events in {load.Duration.TotalSeconds:0.0} s ({committed.Count / load.Duration.TotalSeconds:0} a second), fault {faultTime.TotalSeconds:0.0} s, lost {seen?.Lost}, surplus {seen?.Surplus}, complete {catchingUp.Elapsed.TotalSeconds:0.0} s after it; responses {string.Join(", ", load.Responses.OrderBy(response => response.Key).Select(response => $"{response.Key}: {response.Value}"))}");
    }

    /// <summary>
    /// Waits for a condition in storage. A check keeps storage busy and so delays the condition: each pause is three times as
    /// long as the check before it, but at most two seconds, since it counts as time to catch up.
    /// </summary>
    public static Task CheckUntilAsync(Func<Task<bool>> condition) => Eventually.UntilAsync(
        async () =>
        {
            var elapsed = Stopwatch.StartNew();
            var isTrue = await condition();
            await PauseAsync(isTrue ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(elapsed.Elapsed.TotalSeconds * 3, 2)));
            return isTrue;
        },
        SettleTimeout);

    private static Task PauseAsync(TimeSpan time) =>
        time > TimeSpan.Zero ? Task.Delay(time, TestContext.Current.CancellationToken) : Task.CompletedTask;

    /// <summary>Reads a user's inbox and context, so that both exist: no later rebuild hides an effect that a consumer missed.</summary>
    public static Task MakeWholeAsync(GatewayUser user) => Eventually.UntilAsync(
        async () =>
        {
            // A process that has just started may not have reached Redis yet.
            await user.NotificationsAsync();
            await user.ContextAsync();
            return true;
        });

    /// <summary>Describes lost and surplus effects for the message of a failure.</summary>
    public static string Missing(Effects seen) => string.Join(
        "",
        Of("not audited", seen.Committed.Except(seen.Audited)),
        Of("not notified", seen.Committed.Except(seen.Notified)),
        Of("not in the context", seen.Files.Except(seen.ContextFiles)),
        Of("only in the context", seen.ContextFiles.Except(seen.Files)),
        Of("audited but never committed", seen.Audited.Except(seen.Committed)),
        Of("notified but never committed", seen.Notified.Except(seen.Committed)),
        Of("audited twice", seen.Audited.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => same.Key)),
        Of("notified twice", seen.Notified.GroupBy(id => id).Where(same => same.Count() > 1).Select(same => same.Key)));

    private static string Of(string what, IEnumerable<string> ids)
    {
        string[] all = [.. ids.Order()];
        return all.Length == 0 ? "" : $"\n{what}: {all.Length}, such as {string.Join("; ", all.Take(5))}";
    }

    // The events published on the channels, to compare them with the committed ones.
    private sealed class Published : IAsyncDisposable
    {
        private readonly ChannelMessageQueue _queue;
        private readonly ConcurrentBag<string> _eventIds = [];

        private Published(ChannelMessageQueue queue, GatewayUser user)
        {
            _queue = queue;
            queue.OnMessage(message =>
            {
                var domainEvent = JsonDocument.Parse(message.Message.ToString()).RootElement;
                if (domainEvent.At("metadata").TryGetProperty("userId", out var userId) && userId.GetString() == user.Id)
                {
                    _eventIds.Add(domainEvent.Text("id"));
                }
            });
        }

        public IEnumerable<string> EventIds => _eventIds;

        public static async Task<Published> ListenAsync(GatewayApplication gateway, GatewayUser user) =>
            new(await gateway.RedisSubscriber.SubscribeAsync(RedisChannel.Pattern("events:*")), user);

        public async ValueTask DisposeAsync() => await _queue.UnsubscribeAsync();
    }
}
