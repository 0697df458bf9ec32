using System.Net;
using System.Text.Json;

namespace McpFunctions.EndToEnd.Tests.Notifications;

public sealed class NotificationTests(GatewayApplication gateway)
{
    // Far beyond the moment that news take, far below the 30 s after which a wait ends by itself.
    private static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Each_change_is_told_in_the_record_s_words_and_later_ones_have_greater_sequences()
    {
        var user = gateway.NewUser();
        var file = await user.UploadAsync("told.txt");
        var id = file.Text("id");
        await user.NotificationsOfAsync(id, 1);
        await user.RenameAsync(id, "renamed.txt");
        await user.NotificationsOfAsync(id, 2);
        await user.DeleteAsync(id).EmptyAsync(HttpStatusCode.NoContent);

        var told = await user.NotificationsOfAsync(id, 3);

        Assert.Equal(["file:new", "file:updated", "file:deleted"], told.Select(one => one.Text("name")));
        Assert.Equal(["told.txt", "renamed.txt", "renamed.txt"], told.Select(one => one.Text("payload", "filename")));
        Assert.Equal(told.Select(one => one.Number("sequence")).Order(), told.Select(one => one.Number("sequence")));
        Assert.Equal(3, told.Select(one => one.Number("sequence")).Distinct().Count());
        Assert.Equal((await user.AuditOfAsync(id, 3)).Select(line => line.Text("eventId")).Reverse(), told.Select(one => one.Text("eventId")));
        Assert.Equal(file.Text("createdAt"), told[0].Text("timestamp"));
    }

    [Fact]
    public async Task After_a_sequence_only_later_notifications_are_given_and_the_next_one_to_ask_for()
    {
        var (user, sequences) = await FillAsync(4);

        var page = await user.GetAsync($"notifications?after={sequences[0]}&limit=2").JsonAsync();
        var rest = await user.GetAsync($"notifications?after={page.Number("after")}&limit=2").JsonAsync();
        var nothing = await user.GetAsync($"notifications?after={rest.Number("after")}").JsonAsync();

        Assert.Equal(sequences[1..3], page.Items("items").Select(one => one.Number("sequence")));
        Assert.Equal(sequences[2], page.Number("after"));
        Assert.Equal(sequences[3..], rest.Items("items").Select(one => one.Number("sequence")));
        Assert.Empty(nothing.Items("items"));
        Assert.Equal(sequences[3], nothing.Number("after"));
    }

    [Fact]
    public async Task Nobody_sees_what_others_are_told()
    {
        var (_, _) = await FillAsync(1);

        Assert.Empty(await gateway.NewUser().NotificationsAsync());
    }

    [Fact]
    public async Task A_waiting_reader_is_answered_as_soon_as_something_comes()
    {
        var (user, sequences) = await FillAsync(1);

        var waiting = user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync();
        var file = await user.UploadAsync("news.txt");

        var news = await waiting.WaitAsync(s_atOnce, TestContext.Current.CancellationToken);
        Assert.Equal(file.Text("id"), Assert.Single(news.Items("items")).Text("payload", "fileId"));
    }

    [Fact]
    public async Task A_reader_does_not_wait_for_what_is_there_already()
    {
        var (user, sequences) = await FillAsync(2);

        var answer = await user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync().WaitAsync(s_atOnce, TestContext.Current.CancellationToken);

        Assert.Equal(sequences[1], Assert.Single(answer.Items("items")).Number("sequence"));
    }

    [Fact]
    public async Task A_wait_for_nothing_ends_with_nothing()
    {
        var (user, sequences) = await FillAsync(1);

        var answer = await user.GetAsync($"notifications?after={sequences[0]}&wait=1").JsonAsync();

        Assert.Empty(answer.Items("items"));
        Assert.Equal(sequences[0], answer.Number("after"));
    }

    [Fact]
    public async Task Many_readers_may_wait_for_the_same_news()
    {
        var (user, sequences) = await FillAsync(1);

        var waiting = Enumerable.Range(0, 10).Select(_ => user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync()).ToArray();
        await user.UploadAsync("news.txt");

        var answers = await Task.WhenAll(waiting).WaitAsync(s_atOnce, TestContext.Current.CancellationToken);
        Assert.All(answers, answer => Assert.Single(answer.Items("items")));
    }

    [Fact]
    public async Task As_server_sent_events_they_have_the_sequence_as_id_and_the_name_as_event()
    {
        var (user, sequences) = await FillAsync(2);

        using var answer = await EventsAsync(user, "notifications");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        var events = await ReadEventsAsync(answer);
        Assert.Equal(sequences.Select(sequence => $"{sequence}"), events.Select(one => one["id"]));
        Assert.All(events, one => Assert.Equal("file:new", one["event"]));
        Assert.Equal(
            (await user.NotificationsAsync()).Select(one => one.ToString()),
            events.Select(one => JsonDocument.Parse(one["data"]).RootElement.ToString()));
    }

    [Fact]
    public async Task A_browser_that_connects_again_goes_on_after_the_last_event_that_it_saw()
    {
        var (user, sequences) = await FillAsync(3);

        // What EventSource sends by itself wins over the address that it was made with.
        using var answer = await EventsAsync(user, "notifications?after=0", ("Last-Event-ID", $"{sequences[1]}"));

        Assert.Equal([$"{sequences[2]}"], (await ReadEventsAsync(answer)).Select(one => one["id"]));
    }

    [Fact]
    public async Task A_stream_of_events_waits_for_news()
    {
        var (user, sequences) = await FillAsync(1);

        var waiting = EventsAsync(user, "notifications", ("Last-Event-ID", $"{sequences[0]}"));
        var file = await user.UploadAsync("news.txt");

        using var answer = await waiting.WaitAsync(s_atOnce, TestContext.Current.CancellationToken);
        Assert.Contains(file.Text("id"), Assert.Single(await ReadEventsAsync(answer))["data"], StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> EventsAsync(GatewayUser user, string path, params (string Name, string Value)[] headers) =>
        user.GetAsync(path, [("Accept", "text/event-stream"), .. headers]);

    // HTML, section 9.2.6, as far as it is used; the first block only sets the time to connect again.
    private static async Task<Dictionary<string, string>[]> ReadEventsAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var blocks = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Matches("^retry: [0-9]+$", blocks[0]);
        return [.. blocks[1..].Select(block => block.Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(field => field[0], field => field[1]))];
    }

    private async Task<(GatewayUser User, long[] Sequences)> FillAsync(int count)
    {
        var user = gateway.NewUser();
        for (var number = 0; number < count; number++)
        {
            var file = await user.UploadAsync($"{number}.txt");
            await user.NotificationsOfAsync(file.Text("id"), 1);
        }
        return (user, [.. (await user.NotificationsAsync()).Select(one => one.Number("sequence"))]);
    }
}
