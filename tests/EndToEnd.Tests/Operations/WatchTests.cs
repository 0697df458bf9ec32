using System.Net;
using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Notifications;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Operations;

/// <summary>What operators watch, and the URL at which users do.</summary>
public sealed class WatchTests(GatewayApplication gateway)
{
    [Fact]
    public async Task An_upload_and_its_effects_at_all_consumers_come_while_the_stream_is_open()
    {
        var admin = gateway.NewUser();
        // Again where the machine is so busy that the stream's time is over before the effects come.
        var (user, file, published, effects) = await Eventually.GetAsync(
            async () =>
            {
                var user = gateway.NewUser("user");
                await using var stream = await OpenAsync($"?userId={user.Id}", ("Authorization", $"Bearer {admin.Token}"));
                var file = await user.UploadAsync("watched.txt");
                var published = await stream.NextAsync();
                List<JsonElement> effects = [];
                while (effects.Count < 3)
                {
                    effects.Add(JsonDocument.Parse((await stream.NextAsync())["data"]).RootElement);
                }
                return (user, file, published, effects);
            },
            _ => true);

        var data = JsonDocument.Parse(published["data"]).RootElement;
        Assert.Equal(("event", "file.uploaded", file.Text("id")), (published["event"], data.Text("event", "type"), data.Text("event", "payload", "fileId")));
        Assert.Equal(["audit", "notifications", "orchestrator"], effects.Select(effect => effect.Text("consumer")).Order());
        Assert.All(effects, effect => Assert.Equal((data.Text("event", "id"), "handled"), (effect.Text("eventId"), effect.Text("result"))));
        var first = await Eventually.GetAsync(
            async () =>
            {
                await using var again = await OpenAsync($"?userId={user.Id}&limit=1", ("Authorization", $"Bearer {admin.Token}"), ("Last-Event-ID", published["id"]));
                return await again.NextAsync();
            },
            _ => true);
        Assert.Equal(published, first);
    }

    [Fact]
    public async Task A_ticket_opens_the_stream_for_an_administrator_and_for_nobody_else()
    {
        // Other tickets where the machine is so busy that one is over before its use.
        await Eventually.UntilAsync(async () =>
        {
            await using var stream = await OpenAsync($"?ticket={await TicketAsync(gateway.NewUser())}");
            await gateway.Http.GetAsync($"operations/stream?ticket={await TicketAsync(gateway.NewUser("user"))}").ProblemAsync(HttpStatusCode.Forbidden, "forbidden");
            return true;
        });
        await gateway.NewUser().GetAsync("operations/stream?type=no.type").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "type");
    }

    [Fact]
    public async Task The_series_show_the_upload_once_its_step_has_ended()
    {
        var admin = gateway.NewUser();
        await gateway.NewUser("user").UploadAsync("counted.txt");

        var series = await Eventually.GetAsync(
            () => admin.GetAsync("operations/series").JsonAsync(),
            shown => shown.GetProperty("events").EnumerateArray().Any(count => count.GetInt64() > 0)
                && shown.GetProperty("consumers").EnumerateArray().All(consumer => Has(consumer, "latencyMedian") && Has(consumer, "lag") && Has(consumer, "deadLetters"))
                && shown.GetProperty("health").EnumerateArray().Any(health => Has(health, "status")));

        Assert.Equal(90, series.GetProperty("events").GetArrayLength());

        static bool Has(JsonElement of, string name) => of.GetProperty(name).EnumerateArray().Any(value => value.ValueKind != JsonValueKind.Null);
    }

    [Fact]
    public async Task Without_Azure_Web_PubSub_the_url_is_that_of_the_stream()
    {
        var user = gateway.NewUser("user");
        var response = await user.PostAsync("notifications/negotiate").JsonAsync();

        Assert.Equal("stream", response.Text("kind"));
        // Again where the machine is so busy that the ticket's or the stream's time is over.
        var first = await Eventually.GetAsync(
            async () =>
            {
                response = await user.PostAsync("notifications/negotiate").JsonAsync();
                await using var stream = await EventStream.OpenAsync(new Uri(gateway.Confidential(response.Text("url"))));
                await user.UploadAsync("negotiated.txt");
                return await stream.NextAsync();
            },
            _ => true);
        Assert.Equal("file:new", first["event"]);
    }

    private async Task<string> TicketAsync(GatewayUser user) =>
        gateway.Confidential((await user.PostAsync("notifications/tickets").JsonAsync()).Text("ticket"));

    private Task<EventStream> OpenAsync(string query, params (string Name, string Value)[] headers) =>
        EventStream.OpenAsync(new Uri(gateway.Address, $"operations/stream{query}"), headers);
}
