using System.Diagnostics;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class RedisFaultTests(DeliveryFaults faults)
{
    private static readonly RedisKey[] s_journals = ["{events}:journal:file.uploaded", "{events}:journal:file.updated", "{events}:journal:file.deleted"];

    private const int UnheardEvents = 30;

    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    // The faults by name. Each breaks a gateway under load.
    private static readonly Dictionary<string, Func<FaultRound, Task>> s_faults = new()
    {
        ["Redis killed, back with its file"] = async round =>
        {
            await round.Gateway.Redis.KillAsync();
            await round.Gateway.Redis.StartAgainAsync();
        },
        ["Redis back with an old file"] = async round =>
        {
            var old = round.Gateway.Redis.CopyData();
            // Wait until the outbox entries of ten newer events are deleted, so that the relay cannot repair their loss.
            var committed = (await Effects.CommittedIdsAsync(round.Gateway, round.User)).Count;
            await FaultRound.CheckUntilAsync(
                async () => (await Effects.CommittedIdsAsync(round.Gateway, round.User)).Count - await Effects.PendingAsync(round.Gateway, round.User) > committed + 10);
            await round.Gateway.Redis.KillAsync();
            await round.Gateway.Redis.StartAgainWithAsync(old);
        },
        ["Redis back empty"] = async round =>
        {
            await round.Gateway.Redis.KillAsync();
            await round.Gateway.Redis.StartAgainAsync(keepData: false);
        },
        ["FLUSHALL"] = async round => await round.Gateway.RedisDatabase.ExecuteAsync("FLUSHALL"),
        ["Redis frozen"] = async round =>
        {
            round.Gateway.Redis.Freeze();
            await FaultRound.WaitAsync();
            round.Gateway.Redis.Thaw();
        },
        ["journal entries deleted"] = async round =>
        {
            foreach (var journal in s_journals)
            {
                var entries = await round.Gateway.RedisDatabase.StreamRangeAsync(journal);
                RedisValue[] some = [.. entries.Where(_ => round.Random.Next(2) == 0).Select(entry => entry.Id)];
                if (some.Length > 0)
                {
                    await round.Gateway.RedisDatabase.StreamDeleteAsync(journal, some);
                }
            }
        },
        ["groups destroyed"] = async round =>
        {
            foreach (var journal in s_journals)
            {
                foreach (var consumer in s_consumers)
                {
                    await round.Gateway.RedisDatabase.StreamDeleteConsumerGroupAsync(journal, consumer);
                }
            }
        },
        ["journal trimmed to nothing while nobody hears the channels"] =
            round => DeafenAsync(round.Gateway.RedisDatabase, database => Task.WhenAll(s_journals.Select(journal => database.ExecuteAsync("XTRIM", journal, "MAXLEN", 0)))),
        ["journal deleted while nobody hears the channels"] = round => DeafenAsync(round.Gateway.RedisDatabase, database => database.KeyDeleteAsync(s_journals)),
        ["published markers lost"] = round => DeleteAsync(round.Gateway, "{events}:published:*"),
        // The publish script stops halfway.
        ["XADD refused"] = async round =>
        {
            await round.Gateway.RedisDatabase.ExecuteAsync("ACL", "SETUSER", "default", "-xadd");
            await FaultRound.WaitAsync();
            await round.Gateway.RedisDatabase.ExecuteAsync("ACL", "SETUSER", "default", "+@all");
        },
        ["messages dropped"] = round => DeafenAsync(round.Gateway.RedisDatabase, _ => Task.CompletedTask),
        ["rebuilds racing with live arrivals"] = async round =>
        {
            var elapsed = Stopwatch.StartNew();
            while (elapsed.Elapsed < FaultRound.Outage / 2)
            {
                await DeleteAsync(round.Gateway, $"{{user:{round.User.Id}}}*");
                await round.User.NotificationsAsync("&after=9000000000000000");
                await round.User.ContextAsync();
            }
        },
    };

    /// <summary>In a long test each fault has its own round. In a short one, faults share a round where their damage can be told apart.</summary>
    public static TheoryData<string> Rounds { get; } = FaultRound.IsLong
        ? [.. s_faults.Keys]
        :
        [
            "Redis back with an old file",
            "journal entries deleted + groups destroyed + rebuilds racing with live arrivals + published markers lost",
            "messages dropped + Redis killed, back with its file + journal trimmed to nothing while nobody hears the channels + FLUSHALL",
            "journal deleted while nobody hears the channels + Redis frozen + Redis back empty",
            "XADD refused",
        ];

    [Theory]
    [MemberData(nameof(Rounds))]
    public Task Nothing_is_lost_whatever_happens_to_Redis(string names) => FaultRound.RunAsync(names, faults.Gateway, async round =>
    {
        foreach (var name in names.Split(" + "))
        {
            await s_faults[name](round);
        }
    });

    private static async Task DeleteAsync(GatewayApplication gateway, string pattern)
    {
        RedisKey[] keys = [.. gateway.RedisDatabase.Multiplexer.GetServers()[0].Keys(pattern: pattern)];
        await gateway.RedisDatabase.KeyDeleteAsync(keys);
    }

    // Closes the connections of all subscribers again and again, until the load has published some events that no instance has received.
    private static async Task DeafenAsync(IDatabase database, Func<IDatabase, Task> thenAsync)
    {
        using var deadline = new CancellationTokenSource(FaultRound.SettleTimeout);
        var length = await LengthAsync();
        for (long published = 0; published < UnheardEvents;)
        {
            await database.ExecuteAsync("CLIENT", "KILL", "TYPE", "pubsub");
            await Task.Delay(5, deadline.Token);
            // The gateway may trim the journals meanwhile.
            var before = length;
            length = await LengthAsync();
            published += Math.Max(0, length - before);
        }
        await thenAsync(database);

        async Task<long> LengthAsync() => (await Task.WhenAll(s_journals.Select(journal => database.StreamLengthAsync(journal)))).Sum();
    }
}
