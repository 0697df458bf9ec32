using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.EndToEnd.Tests.Run;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>Follows docs/extending.md in a copy of the repository.</summary>
public sealed partial class ExtendingTests(ExtendedApp extended) : IClassFixture<ExtendedApp>
{
    private const string NewType = "report.created";
    private const int Reports = 20;

    [Fact]
    public async Task The_steps_of_the_page_make_an_event_type_and_a_consumer_that_passes_the_tests_of_every_consumer()
    {
        var metadata = await File.ReadAllTextAsync(Path.Combine(extended.Output, "functions.metadata"), TestContext.Current.CancellationToken);
        Assert.All(["AuditReportCreated", "CountReportCreated", "RecoverStatistics"], function => Assert.Contains($"\"{function}\"", metadata, StringComparison.Ordinal));
        // The page adds no test, so the tests need no build: they run with the changed assemblies.
        var tests = extended.PathOf("tests", "Functions.Tests", "bin", SourceTree.Configuration, "net10.0");
        foreach (var assembly in new[] { "McpFunctions.Domain.dll", "McpFunctions.Functions.dll" })
        {
            File.Copy(Path.Combine(extended.Output, assembly), Path.Combine(tests, assembly), overwrite: true);
        }
        var results = await extended.RunAsync(
            "dotnet", Path.Combine(tests, "McpFunctions.Functions.Tests.dll"), "-noColor", "-preEnumerateTheories",
            "-filterVSTest", "FullyQualifiedName~EveryConsumerTests&DisplayName~statistics");
        Assert.InRange(int.Parse(Total().Match(results).Groups["count"].Value, CultureInfo.InvariantCulture), 2, int.MaxValue);
    }

    [Fact]
    public async Task Beside_a_version_without_the_new_type_nothing_is_lost_while_each_is_killed_in_turn()
    {
        await using var before = await GatewayApplication.StartAsync(new GatewayOptions { Name = "version-before", Settings = DeliveryFaults.Settings });
        await using var after = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "version-after",
            Beside = before,
            Settings = DeliveryFaults.Settings,
            App = extended.Program,
        });
        var since = DateTimeOffset.UtcNow;
        var author = after.NewUser();
        var authorBefore = new GatewayUser(before.Http, author.Id, author.Username, author.Token, author.SessionId);
        Dictionary<string, string> reports = [];
        await ReportAsync(author);

        await FaultRound.RunAsync("two versions side by side, each killed in turn", before, async round =>
        {
            before.KillWorker();
            await ReportAsync(author);
            after.KillWorker();
            await ReportAsync(authorBefore);
        });

        // What storage committed and Redis accepted has its line once, although nobody sent it again.
        string[] expected = [.. reports.Keys, .. await Effects.CommittedIdsAsync(before, author)];
        Assert.InRange(expected.Length, 2 * reports.Count, int.MaxValue);
        Assert.Equal(expected.Order(), (await Eventually.GetAsync(
            () => Effects.AuditedAsync(before, author, since), audited => !expected.Except(audited).Any())).Order());
        // The version that does not know the type shows its events too.
        foreach (var instance in new[] { author, authorBefore })
        {
            var shown = (await instance.AuditAsync()).Where(line => line.Text("type") == NewType).Select(line => line.Text("resourceId"));
            Assert.Equal(reports.Keys.Order(), shown.Order());
        }
        var counts = new TableClient(before.Azurite.ConnectionString, "Gateway");
        await Eventually.UntilAsync(() => counts.Query<TableEntity>($"PartitionKey eq 'user:{author.Id}' and RowKey ge 'report:' and RowKey lt 'report;'").Count() == reports.Count);

        // Uploads through one version, and another producer's reports. Of these, it repeats only those that nobody has put into the journal.
        async Task ReportAsync(GatewayUser uploader)
        {
            List<string> sent = [];
            for (var number = 0; number < Reports; number++)
            {
                var id = Guid.NewGuid().ToString();
                sent.Add(id);
                reports.Add(id, JsonSerializer.Serialize(new
                {
                    id,
                    type = NewType,
                    timestamp = DateTimeOffset.UtcNow,
                    payload = new { reportId = id, title = $"Report {number}", createdBy = author.Id },
                    metadata = new { service = "reports", version = "1.0.0", userId = author.Id },
                }));
                await PublishAsync(id);
                await Eventually.UntilAsync(async () => (await uploader.PostRawAsync($"{id}.txt", [1])).StatusCode == HttpStatusCode.Created);
            }
            await Eventually.UntilAsync(async () =>
            {
                var missing = await sent.ToAsyncEnumerable().Where(async (id, _) => !await before.RedisDatabase.KeyExistsAsync($"{{events}}:published:{id}")).ToListAsync();
                foreach (var id in missing)
                {
                    await PublishAsync(id);
                }
                return missing.Count == 0;
            });
        }

        Task PublishAsync(string id) => before.RedisSubscriber.PublishAsync(RedisChannel.Literal($"events:{NewType}"), reports[id]);
    }

    [GeneratedRegex(@"Total: (?<count>\d+), Errors: 0, Failed: 0, Skipped: 0")]
    private static partial Regex Total();
}
