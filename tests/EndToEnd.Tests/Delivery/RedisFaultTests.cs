using System.Diagnostics;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class RedisFaultTests(DeliveryFaults faults)
{
    private const string Journal = "{events}:journal";

    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    [Fact]
    public Task Nothing_is_lost_when_Redis_is_killed_and_comes_back_with_its_file() => faults.RunAsync("Redis killed, back with its file", async round =>
    {
        await round.Gateway.Redis.KillAsync();
        await round.Gateway.Redis.StartAgainAsync();
    });

    [Fact]
    public Task Nothing_is_lost_when_Redis_comes_back_with_an_old_file() => faults.RunAsync("Redis back with an old file", async round =>
    {
        var old = round.Gateway.Redis.CopyData();
        // Old enough that the relay has forgotten what happened since.
        var committed = (await Effects.CommittedAsync(round.Gateway, round.User)).Count;
        await Eventually.UntilAsync(
            async () => (await Effects.CommittedAsync(round.Gateway, round.User)).Count - await Effects.PendingAsync(round.Gateway, round.User) > committed + 10,
            TimeSpan.FromMinutes(2));
        await round.Gateway.Redis.KillAsync();
        await round.Gateway.Redis.StartAgainWithAsync(old);
    });

    [Fact]
    public Task Nothing_is_lost_when_Redis_comes_back_empty() => faults.RunAsync("Redis back empty", async round =>
    {
        await round.Gateway.Redis.KillAsync();
        await round.Gateway.Redis.StartAgainAsync(keepData: false);
    });

    [Fact]
    public Task Nothing_is_lost_when_Redis_is_flushed() =>
        faults.RunAsync("FLUSHALL", async round => await round.Gateway.RedisDatabase.ExecuteAsync("FLUSHALL"), rounds: 3);

    [Fact]
    public Task Nothing_is_lost_when_Redis_stands_still() => faults.RunAsync("Redis frozen", async round =>
    {
        round.Gateway.Redis.Freeze();
        await FaultRound.WaitAsync();
        round.Gateway.Redis.Thaw();
    });

    [Fact]
    public Task Nothing_is_lost_when_entries_of_the_journal_are_deleted() => faults.RunAsync("journal entries deleted", async round =>
    {
        var entries = await round.Gateway.RedisDatabase.StreamRangeAsync(Journal);
        await round.Gateway.RedisDatabase.StreamDeleteAsync(Journal, [.. entries.Where(_ => round.Random.Next(2) == 0).Select(entry => entry.Id)]);
    });

    [Fact]
    public Task Nothing_is_lost_when_the_groups_are_destroyed() => faults.RunAsync("groups destroyed", async round =>
    {
        foreach (var consumer in s_consumers)
        {
            await round.Gateway.RedisDatabase.StreamDeleteConsumerGroupAsync(Journal, consumer);
        }
    });

    [Fact]
    public Task Nothing_is_lost_when_the_journal_is_trimmed_to_nothing_while_nobody_hears_the_channels() => faults.RunAsync(
        "journal trimmed to nothing", round => DeafenAsync(round.Gateway, database => database.ExecuteAsync("XTRIM", Journal, "MAXLEN", 0)));

    [Fact]
    public Task Nothing_is_lost_when_the_journal_is_deleted_while_nobody_hears_the_channels() => faults.RunAsync(
        "journal deleted", round => DeafenAsync(round.Gateway, database => database.KeyDeleteAsync(Journal)));

    [Theory]
    [InlineData("pub")]
    [InlineData("done")]
    public Task Nothing_is_lost_when_marks_are_lost(string kind) => faults.RunAsync($"{kind} marks lost", async round =>
    {
        RedisKey[] marks = [.. Server(round.Gateway).Keys(pattern: $"{{events}}:{kind}:*")];
        await round.Gateway.RedisDatabase.KeyDeleteAsync(marks);
    });

    [Fact]
    public Task Nothing_is_lost_when_messages_are_dropped() => faults.RunAsync(
        "messages dropped", round => DeafenAsync(round.Gateway, _ => Task.CompletedTask), rounds: 3);

    // Cuts the connections of everybody who listens, again and again: what is published meanwhile, nobody hears.
    private static async Task DeafenAsync(GatewayApplication gateway, Func<IDatabase, Task> thenAsync)
    {
        var elapsed = Stopwatch.StartNew();
        while (elapsed.Elapsed < TimeSpan.FromSeconds(1.5))
        {
            await gateway.RedisDatabase.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        await thenAsync(gateway.RedisDatabase);
    }

    private static IServer Server(GatewayApplication gateway) => gateway.RedisDatabase.Multiplexer.GetServers()[0];
}
