using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// A gateway that tests break while it is at work, and the proof that every event that committed had each of its effects
/// once nevertheless. With <c>./test --long</c> it waits as long as in production and works longer and harder.
/// </summary>
public sealed class DeliveryFaults : IAsyncLifetime
{
    /// <summary>Whether the tests take their time.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("MCPFUNCTIONS_LONG_TESTS") == "1";

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(IsLong ? 5 : 2);

    /// <summary>The gateway.</summary>
    public GatewayApplication Gateway { get; private set; } = null!;

    /// <summary>Settings that keep a test short; in long tests, none.</summary>
    public static IReadOnlyDictionary<string, string?> Settings { get; } = IsLong
        ? new Dictionary<string, string?>()
        : new Dictionary<string, string?>
        {
            ["Delivery__RelayAfter"] = "00:00:02",
            // Longer than recovery takes from one comparison of beats to the next.
            ["Delivery__KeepPointersFor"] = "00:00:10",
            ["Delivery__Grace"] = "00:00:02",
        };

    /// <summary>How many files are changed.</summary>
    private static int Files => IsLong ? 100 : 30;

    /// <summary>How many changes a second are wanted.</summary>
    private static int Rate => IsLong ? 200 : 60;

    /// <summary>How long the load lasts, beside the fault.</summary>
    private static TimeSpan LoadTime => TimeSpan.FromSeconds(IsLong ? 20 : 2);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        Gateway = await GatewayApplication.StartAsync(new GatewayOptions { Name = "delivery-faults", Settings = Settings });

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Gateway.DisposeAsync();

    /// <summary>
    /// Has a user change files, breaks something in the middle of it, and when all is well again waits until every event has
    /// had its effects.
    /// </summary>
    /// <param name="fault">What the report calls it.</param>
    /// <param name="breakAsync">Breaks something, and returns when it works again.</param>
    /// <param name="rounds">How often it is done in a long test; once in a short one.</param>
    /// <param name="settle">Whether to wait until no outcome is open before looking: after faults of storage.</param>
    /// <param name="on">The gateway; the shared one when null.</param>
    internal async Task RunAsync(string fault, Func<FaultRound, Task> breakAsync, int rounds = 1, bool settle = false, GatewayApplication? on = null)
    {
        for (var number = 0; number < (IsLong ? rounds : 1); number++)
        {
            var seed = Environment.GetEnvironmentVariable("MCPFUNCTIONS_SEED") is { } given
                ? int.Parse(given, CultureInfo.InvariantCulture)
                : Random.Shared.Next();
            await RunOnceAsync(fault, seed, breakAsync, settle, on ?? Gateway);
        }
    }

    private static async Task RunOnceAsync(string fault, int seed, Func<FaultRound, Task> breakAsync, bool settle, GatewayApplication gateway)
    {
        var started = DateTimeOffset.UtcNow;
        var user = gateway.NewUser();
        var random = new Random(seed);
        var load = new Load(user, seed);
        await using var published = await Published.ListenAsync(gateway, user);
        await load.PrepareAsync(Files);

        var running = load.RunAsync(Rate);
        var before = LoadTime * (0.2 + (0.6 * random.NextDouble()));
        await Task.Delay(before, TestContext.Current.CancellationToken);
        var breaking = Stopwatch.StartNew();
        await breakAsync(new FaultRound(gateway, user, load, random));
        var faultTime = breaking.Elapsed;
        var catchingUp = Stopwatch.StartNew();
        await Task.Delay(LoadTime - before, TestContext.Current.CancellationToken);
        load.Stop();
        await running;

        if (settle)
        {
            await Eventually.UntilAsync(async () => await Effects.PendingAsync(gateway, user) == 0, s_patience);
        }
        Effects? seen = null;
        try
        {
            await Eventually.UntilAsync(
                async () => (seen = await Effects.ReadAsync(gateway, user, started)) is { Lost: 0, Surplus: 0 }, s_patience);
        }
        catch (TimeoutException)
        {
            // What is missing is told below.
        }
        catchingUp.Stop();

        var committed = await Effects.CommittedAsync(gateway, user);
        TestContext.Current.TestOutputHelper?.WriteLine(Report());
        Assert.NotNull(seen);
        Assert.True(seen.Committed.Count > Files, "Nothing was changed: the test shows nothing.");
        Assert.True(seen is { Lost: 0, Surplus: 0 }, $"{Report()}{Missing(seen)}");
        // What was answered with success did commit, whatever happened then; and each version of a file is there once.
        var versions = committed.Values.Select(each => (each.Text("payload", "fileId"), each.Number("payload", "version"))).ToHashSet();
        Assert.Empty(load.Acknowledged.Except(versions));
        Assert.Equal(committed.Count, versions.Count);
        foreach (var file in await user.FilesAsync())
        {
            Assert.Equal(file.Number("version"), versions.Count(version => version.Item1 == file.Text("id")));
        }
        Assert.Empty(published.EventIds.Except(committed.Keys));
        Assert.DoesNotContain(load.Answers.Keys, answer => answer.StartsWith('4'));

        string Report() => string.Create(
            CultureInfo.InvariantCulture,
            $"{fault}: seed {seed}, {committed.Count} events in {load.Duration.TotalSeconds:0.0} s ({committed.Count / load.Duration.TotalSeconds:0} a second), fault {faultTime.TotalSeconds:0.0} s, lost {seen?.Lost}, surplus {seen?.Surplus}, all there {catchingUp.Elapsed.TotalSeconds:0.0} s after it; answers {string.Join(", ", load.Answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Key}: {answer.Value}"))}");
    }

    private static string Missing(Effects seen) => string.Join(
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

    // What is heard on the channels of events, to compare it with what was committed.
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
