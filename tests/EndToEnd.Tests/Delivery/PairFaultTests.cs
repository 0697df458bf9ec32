using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>
/// Two apps from one artifact: one has only the audit of changed files, the other has everything else. Each works on the pairs whose functions are
/// enabled in it.
/// </summary>
public sealed class PairFaultTests
{
    private const string Function = "AuditFileUpdated";

    [Fact]
    public async Task Apps_with_different_functions_each_handle_their_own_and_a_pair_that_is_enabled_nowhere_keeps_its_backlog()
    {
        await using var azurite = await AzuriteServer.StartAsync();
        await using var main = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "pairs-main",
            Azurite = azurite,
            Settings = With(new() { [$"AzureWebJobs_{Function}_Disabled"] = "true", ["AzureFunctionsWebHost__hostid"] = "main" }),
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

        await FaultRound.RunAsync("one of two apps with different functions killed, then the other", main, async _ =>
        {
            await audit.Host.KillAsync();
            await FaultRound.WaitAsync();
            await audit.StartHostAgainAsync();
            main.KillWorker();
            await FaultRound.WaitAsync();
        });
    }

    private static async Task<JsonElement> PairAsync(GatewayUser user) =>
        (await user.GetAsync("consumers").JsonAsync()).Items("items").Single(consumer => consumer.Text("name") == "audit")
            .Items("pairs").Single(pair => pair.Text("type") == "file.updated");

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
