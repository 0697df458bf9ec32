using System.Net;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Deployment;

/// <summary>Apps of one artifact, with the settings that <c>deploy/plan</c> prints.</summary>
public sealed class ManyAppsTests
{
    private static readonly string[] s_consumers = ["audit", "notifications", "orchestrator"];

    [Fact]
    public async Task An_app_for_http_and_one_for_each_consumer_work_together_and_the_others_go_on_while_one_is_down()
    {
        var since = DateTimeOffset.UtcNow;
        await using var main = await StartAsync("http", null);
        List<GatewayApplication> apps = [];
        try
        {
            foreach (var consumer in s_consumers)
            {
                apps.Add(await StartAsync(consumer, main));
            }
            var (audit, user) = (apps[0], main.NewUser());
            // Each app has its health route, and none but the first has another.
            foreach (var app in apps)
            {
                await Eventually.UntilAsync(async () => await StatusAsync(app, "health") == HttpStatusCode.OK);
                Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(app, "files"));
            }

            var first = (await user.UploadAsync("first.txt")).Text("id");
            await user.AuditOfAsync(first, 1);
            await user.NotificationsOfAsync(first, 1);
            await user.FileInContextAsync(first, _ => true);

            var load = new Load(user, seed: 1);
            await load.PrepareAsync(files: 8);
            var loading = load.RunAsync(perSecond: 20);
            await Eventually.UntilAsync(() => load.Acknowledged.Count >= 20);
            await audit.Host.KillAsync();
            var second = (await user.UploadAsync("second.txt")).Text("id");
            await user.NotificationsOfAsync(second, 1);
            await user.FileInContextAsync(second, _ => true);
            Assert.Empty(await user.AuditAsync($"&resourceId={second}"));
            var before = load.Acknowledged.Count;
            await Eventually.UntilAsync(() => load.Acknowledged.Count >= before + 40);
            load.Stop();
            await loading;
            // A busy machine may be slow for a moment.
            Assert.Empty(load.Responses.Keys.Except(["200", "503"]));
            var without = await Eventually.GetAsync(
                () => Effects.ReadAsync(main, user, since), effects => effects.Committed.IsSubsetOf(effects.Notified) && effects.Files.SetEquals(effects.ContextFiles));
            Assert.InRange(without.Committed.Except(without.Audited).Count(), 40, int.MaxValue);

            await audit.StartHostAgainAsync();
            var caughtUp = await Eventually.GetAsync(() => Effects.ReadAsync(main, user, since), effects => effects.Lost == 0);
            Assert.Equal(0, caughtUp.Surplus);
        }
        finally
        {
            foreach (var app in apps)
            {
                await app.DisposeAsync();
            }
        }
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayApplication app, string path)
    {
        // The application's own client expects that each route is there.
        using var client = new HttpClient { BaseAddress = app.Address, Timeout = Eventually.DefaultDeadline };
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative));
        return response.StatusCode;
    }

    private static async Task<GatewayApplication> StartAsync(string app, GatewayApplication? beside) => await GatewayApplication.StartAsync(new GatewayOptions
    {
        Name = $"apps-{app}",
        Beside = beside,
        Settings = await SettingsOfAsync($"apps-{app}"),
    });

    private static async Task<Dictionary<string, string?>> SettingsOfAsync(string app)
    {
        await using var plan = await ChildProcess.StartAsync(
            Repository.PathOf("deploy", "plan"), ["--preset", "consumers", "--name", "apps", "--env", app], keptLines: int.MaxValue);
        Assert.Equal(0, await plan.WaitForExitAsync());
        return plan.Output.Select(line => line.Split('=')).ToDictionary(line => line[0], line => (string?)line[1]);
    }
}
