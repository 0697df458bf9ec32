using System.Diagnostics;
using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>Reasons that end a long stream early. A second instance on the same storage and Redis has the default duration of streams.</summary>
public sealed class StreamEndTests(GatewayApplication gateway, StreamEndTests.Application application) : IClassFixture<StreamEndTests.Application>
{
    private static readonly string[] s_scopes = ["notifications:read"];

    // The gateway promises 5 s; a busy machine may need longer. Without a reason, the stream would end after 200 s.
    private static readonly TimeSpan s_soon = Eventually.DefaultDeadline;

    [Fact]
    public async Task A_stream_without_news_stays_open_and_gets_a_comment_line()
    {
        await using var stream = await EventStream.OpenAsync(application.Gateway, gateway.NewUser("user"));

        await Eventually.UntilAsync(() => stream.Comments > 0 || stream.Ended.IsCompleted);

        Assert.False(stream.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_logout_ends_the_streams_of_its_session_on_every_instance()
    {
        var user = await gateway.NewSignedInAsync();
        await using var first = await EventStream.OpenAsync(application.Gateway, user);
        await using var second = await EventStream.OpenAsync(application.Gateway, user);

        await user.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);

        await Task.WhenAll(first.Ended, second.Ended).WaitAsync(s_soon);
    }

    [Fact]
    public async Task An_operator_s_stream_shows_the_events_of_another_instance_and_ends_with_the_session()
    {
        var admin = await gateway.LoginAsync();
        var user = gateway.NewUser("user");
        await using var stream = await EventStream.OpenAsync(
            new Uri(application.Gateway.Address, $"operations/stream?userId={user.Id}"), ("Authorization", $"Bearer {admin.Token}"));
        await user.UploadAsync("elsewhere.txt");
        Assert.Equal("event", (await stream.NextAsync())["event"]);

        await admin.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);

        await stream.Ended.WaitAsync(s_soon);
    }

    [Fact]
    public async Task Revoking_a_session_or_a_key_ends_its_streams_and_no_others()
    {
        var (_, username, password) = await gateway.NewAccountAsync();
        var user = await gateway.LoginAsync(username, password);
        var other = await gateway.LoginAsync(username, password);
        var key = await user.PostAsync("apikeys", new { name = "stream", scopes = s_scopes }).JsonAsync(HttpStatusCode.Created);
        await using var bySession = await EventStream.OpenAsync(application.Gateway, user);
        await using var byOther = await EventStream.OpenAsync(application.Gateway, other);
        await using var byKey = await EventStream.OpenAsync(
            new Uri(application.Gateway.Address, "notifications/stream"), ("x-api-key", gateway.Confidential(key.Text("key"))));

        await user.SendAsync(HttpMethod.Delete, $"apikeys/{key.Text("id")}").EmptyAsync(HttpStatusCode.NoContent);
        await byKey.Ended.WaitAsync(s_soon);
        Assert.False(byOther.Ended.IsCompleted);

        await user.SendAsync(HttpMethod.Delete, $"sessions/{other.SessionId}").EmptyAsync(HttpStatusCode.NoContent);
        await byOther.Ended.WaitAsync(s_soon);
        Assert.False(bySession.Ended.IsCompleted);
    }

    [Fact]
    public async Task Deleting_a_user_ends_the_user_s_streams()
    {
        var user = await gateway.NewSignedInAsync();
        await using var stream = await EventStream.OpenAsync(application.Gateway, user);

        await (await gateway.LoginAsync()).SendAsync(HttpMethod.Delete, $"users/{user.Id}").EmptyAsync(HttpStatusCode.NoContent);

        await stream.Ended.WaitAsync(s_soon);
    }

    [Fact]
    public async Task A_worker_that_stops_ends_its_streams_in_good_order()
    {
        await using var stream = await EventStream.OpenAsync(application.Gateway, gateway.NewUser("user"));

        var worker = application.Gateway.WorkerId;
        new MarkedProcess(worker, "the worker").Terminate();

        // This throws when the connection broke.
        await stream.Ended.WaitAsync(s_soon);
        Assert.True(stream.Retries > 1);
        // Until it has ended, the old worker may respond.
        await Eventually.UntilAsync(() => application.Gateway.WorkerId != worker);
        await IsReadyAsync();
    }

    [Fact]
    public async Task A_host_that_stops_ends_its_streams_in_good_order()
    {
        await using var stream = await EventStream.OpenAsync(application.Gateway, gateway.NewUser());

        new MarkedProcess(application.Gateway.HostId, "the host").Terminate();

        // This throws when the host waited for the stream and then broke the connection.
        await stream.Ended.WaitAsync(s_soon);
        Assert.True(stream.Retries > 1);
        await application.Gateway.StartHostAgainAsync();
        await IsReadyAsync();
    }

    [Fact]
    public async Task Of_two_instances_one_takes_a_ticket()
    {
        var user = gateway.NewUser("user");
        for (var tries = 0; tries < 5; tries++)
        {
            using var http = new HttpClient { Timeout = Eventually.DefaultDeadline };
            // A ticket is valid for 30 s: another one where the machine is so busy that this may be over.
            var (responses, _) = await Eventually.GetAsync(
                async () =>
                {
                    var elapsed = Stopwatch.StartNew();
                    var ticket = gateway.Confidential((await user.PostAsync("notifications/tickets").JsonAsync()).Text("ticket"));
                    var responses = await Task.WhenAll(new[] { gateway, application.Gateway, gateway, application.Gateway }.Select(instance => http.GetAsync(
                        new Uri(instance.Address, $"notifications/stream?ticket={ticket}"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken)));
                    return (responses, elapsed.Elapsed);
                },
                round => round.Elapsed < TimeSpan.FromSeconds(20));

            Assert.Single(responses, response => response.StatusCode == HttpStatusCode.OK);
            Assert.All(responses.Where(response => response.StatusCode != HttpStatusCode.OK), response => Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode));
        }
    }

    private async Task IsReadyAsync() =>
        (await Eventually.GetAsync(() => application.Gateway.Http.GetAsync("health"), health => health.IsSuccessStatusCode)).Dispose();

    public sealed class Application(GatewayApplication gateway) : IAsyncLifetime
    {
        public GatewayApplication Gateway { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "streams",
            Beside = gateway,
            Settings = new Dictionary<string, string?> { ["Notifications__StreamDuration"] = null },
        });

        public ValueTask DisposeAsync() => Gateway.DisposeAsync();
    }
}
