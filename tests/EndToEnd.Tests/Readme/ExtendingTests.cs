using System.Globalization;
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
        var author = after.NewUser();
        Dictionary<string, string> reports = [];
        await ReportAsync();

        await FaultRound.RunAsync("two versions side by side, each killed in turn", before, async round =>
        {
            before.KillWorker();
            await ReportAsync();
            after.KillWorker();
            await ReportAsync();
        });

        // The version that does not know the type shows its events too.
        foreach (var instance in new[] { before, after })
        {
            Assert.Equal(reports.Keys.Order(), (await Eventually.GetAsync(() => AuditedAsync(instance), audited => audited.Count() >= reports.Count)).Order());
        }
        var counts = new TableClient(before.Azurite.ConnectionString, "Gateway");
        await Eventually.UntilAsync(() => counts.Query<TableEntity>($"PartitionKey eq 'user:{author.Id}' and RowKey ge 'report:' and RowKey lt 'report;'").Count() == reports.Count);

        // Another producer's events: what nobody has handled, it publishes again.
        async Task ReportAsync()
        {
            for (var number = 0; number < Reports; number++)
            {
                var id = Guid.NewGuid().ToString();
                reports.Add(id, JsonSerializer.Serialize(new
                {
                    id,
                    type = NewType,
                    timestamp = DateTimeOffset.UtcNow,
                    payload = new { reportId = id, title = $"Report {number}", createdBy = author.Id },
                    metadata = new { service = "reports", version = "1.0.0", userId = author.Id },
                }));
            }
            await Eventually.UntilAsync(async () =>
            {
                var missing = reports.Keys.Except(await AuditedAsync(before)).ToArray();
                foreach (var id in missing)
                {
                    await before.RedisSubscriber.PublishAsync(RedisChannel.Literal($"events:{NewType}"), reports[id]);
                }
                return missing.Length == 0;
            });
        }

        async Task<IEnumerable<string>> AuditedAsync(GatewayApplication instance) =>
            (await new GatewayUser(instance.Http, author.Id, author.Username, author.Token, author.SessionId).AuditAsync()).Select(line => line.Text("resourceId"));
    }

    [GeneratedRegex(@"Total: (?<count>\d+), Errors: 0, Failed: 0, Skipped: 0")]
    private static partial Regex Total();
}
