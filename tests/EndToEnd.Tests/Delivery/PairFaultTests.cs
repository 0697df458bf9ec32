using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// Two apps from one artifact: one has only the audit of uploads, the other has everything else. Each works on the pairs whose functions are
/// enabled in it.
/// </summary>
public sealed class PairFaultTests
{
    private const string Function = "AuditFileUploaded";

    private const string Type = "file.uploaded";

    private const int Writers = 4;

    // Of each writer.
    private const int Backlog = 60;

    // The least that the journals may be limited to.
    private const int JournalBytes = 1 << 20;

    private const int LargeEvents = 60;

    private const int LargeText = 40 * 1024;

    [Fact]
    public async Task Apps_with_different_functions_each_handle_their_own_and_a_pair_that_is_enabled_nowhere_keeps_its_backlog()
    {
        await using var azurite = await AzuriteServer.StartAsync();
        await using var main = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "pairs-main",
            Azurite = azurite,
            Settings = With(new()
            {
                [$"AzureWebJobs_{Function}_Disabled"] = "true", ["AzureFunctionsWebHost__hostid"] = "main", ["Delivery__JournalMaxBytes"] = $"{JournalBytes}",
            }),
        });
        var since = DateTimeOffset.UtcNow;
        var user = main.NewUser();
        var file = (await user.UploadAsync("a.txt")).Text("id");
        await user.PatchAsync(file, """{"filename": "b.txt"}""").JsonAsync();
        await user.NotificationsOfAsync(file, 2);
        // The pair that no app has enabled shows its backlog.
        var pair = await Eventually.GetAsync(
            () => PairAsync(user), pair => pair.Number("unread") == 1 || (pair.Number("unread") == 0 && pair.Number("failed") > 0), FaultRound.SettleTimeout);
        Assert.Equal((1, 0), (pair.Number("unread"), pair.Number("failed")));
        Assert.False(pair.TryGetProperty("lastTickAt", out _));
        // The first events of a new gateway wait for the first tick of recovery, each consumer for its own.
        await Eventually.UntilAsync(async () => (await Effects.AuditedAsync(main, user, since)).Count == 1);

        await using var audit = await GatewayApplication.StartAsync(new GatewayOptions { Name = "pairs-audit", Beside = main, Settings = OnlyTheAudit() });
        await Eventually.UntilAsync(async () => (await Effects.AuditedAsync(main, user, since)).Count == 2, FaultRound.SettleTimeout);
        Assert.Equal(0, (await PairAsync(user)).Number("unread"));

        await audit.Host.KillAsync();
        await UploadAsync(user, Backlog, TestContext.Current.CancellationToken);
        Assert.Equal(Writers * Backlog, (await PairAsync(user)).Number("unread"));
        await CutJournalsAsync(main);
        await Eventually.UntilAsync(async () => await main.RedisDatabase.StreamLengthAsync($"{{events}}:journal:{Type}") < Writers * Backlog / 2, FaultRound.SettleTimeout);
        Assert.Equal(2, (await Effects.AuditedAsync(main, user, since)).Count);
        await audit.StartHostAgainAsync();
        var committed = await Effects.CommittedIdsAsync(main, user);
        Assert.InRange(committed.Count, (Writers * Backlog) + 2, int.MaxValue);
        Assert.Equal(committed.Order(), (await Eventually.GetAsync(
            () => Effects.AuditedAsync(main, user, since), audited => committed.IsSubsetOf(audited), FaultRound.SettleTimeout)).Order());

        await FaultRound.RunAsync("one of two apps with different functions killed, then the other", main, async round =>
        {
            // The load of a round only renames.
            using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var uploading = UploadAsync(round.User, Backlog, end.Token);
            await audit.Host.KillAsync();
            await FaultRound.WaitAsync();
            await audit.StartHostAgainAsync();
            main.KillWorker();
            await FaultRound.WaitAsync();
            await end.CancelAsync();
            await uploading;
        });
    }

    // Several writers, each with a number of files at most. A file that the gateway refuses while it starts is tried again.
    private static Task UploadAsync(GatewayUser user, int files, CancellationToken cancellationToken) => Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
    {
        for (var number = 0; number < files && !cancellationToken.IsCancellationRequested; number++)
        {
            await Eventually.UntilAsync(async () => (await user.PostRawAsync($"{writer}-{number}.txt", [1])).StatusCode == HttpStatusCode.Created);
        }
    }));

    // Another producer's large events, of a pair that is enabled. The relay then cuts all journals, whether they are read or not.
    private static async Task CutJournalsAsync(GatewayApplication gateway)
    {
        for (var number = 0; number < LargeEvents; number++)
        {
            var large = JsonSerializer.Serialize(new
            {
                id = Guid.NewGuid(),
                type = "file.updated",
                timestamp = DateTimeOffset.UtcNow,
                payload = new { fileId = Guid.NewGuid(), filename = "large.txt", size = 1, updatedBy = "another", note = new string('x', LargeText) },
                metadata = new { service = "another", version = "1.0.0" },
            });
            await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal("events:file.updated"), large);
        }
    }

    private static async Task<JsonElement> PairAsync(GatewayUser user) =>
        (await user.GetAsync("consumers").JsonAsync()).Items("items").Single(consumer => consumer.Text("name") == "audit")
            .Items("pairs").Single(pair => pair.Text("type") == Type);

    // With underscores, as App Service on Linux passes the settings: a shell drops variables whose names have dots.
    private static Dictionary<string, string?> OnlyTheAudit()
    {
        using var functions = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppOutput.Folder, "functions.metadata")));
        var settings = functions.RootElement.EnumerateArray()
            .Where(function => function.Items("bindings").Any(binding => binding.Text("type") is "redisPubSubTrigger" or "timerTrigger"))
            .Select(function => function.Text("name"))
            .Where(name => name is not (Function or "RecoverAudit"))
            .ToDictionary(name => $"AzureWebJobs_{name}_Disabled", _ => (string?)"true");
        settings["AzureFunctionsWebHost__hostid"] = "audit";
        return With(settings);
    }

    private static Dictionary<string, string?> With(Dictionary<string, string?> settings) =>
        DeliveryFaults.Settings.Concat(settings).GroupBy(each => each.Key).ToDictionary(each => each.Key, each => each.Last().Value);
}
