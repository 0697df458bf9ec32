using System.Net;
using System.Net.Http.Headers;

namespace McpFunctions.EndToEnd.Tests.Notifications;

public sealed class NotificationTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Each_change_is_a_notification_with_the_record_s_name_and_a_growing_sequence()
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
    public async Task A_read_after_a_sequence_gives_only_later_notifications_and_the_next_sequence()
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
    public async Task Nobody_sees_notifications_of_others()
    {
        var (_, _) = await FillAsync(1);

        Assert.Empty(await gateway.NewUser("user").NotificationsAsync());
    }

    [Fact]
    public async Task A_waiting_read_ends_as_soon_as_a_notification_comes()
    {
        var (user, sequences) = await FillAsync(1);

        var (file, news) = await AtOnceAsync(async () =>
        {
            var waiting = user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync();
            var file = (await user.UploadAsync("news.txt")).Text("id");

            // Empty where the machine is so busy that the wait is over first.
            var news = (await waiting).Items("items");
            sequences[0] = (await user.NotificationsOfAsync(file, 1))[0].Number("sequence");
            return (file, news);
        });

        Assert.Equal(file, Assert.Single(news).Text("payload", "fileId"));
    }

    [Fact]
    public async Task A_read_does_not_wait_if_there_are_notifications()
    {
        var (user, sequences) = await FillAsync(2);

        var response = await AtOnceAsync(() => user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync());

        Assert.Equal(sequences[1], Assert.Single(response.Items("items")).Number("sequence"));
    }

    [Fact]
    public async Task A_waiting_read_without_notifications_ends_empty()
    {
        var (user, sequences) = await FillAsync(1);

        var response = await user.GetAsync($"notifications?after={sequences[0]}&wait=1").JsonAsync();

        Assert.Empty(response.Items("items"));
        Assert.Equal(sequences[0], response.Number("after"));
    }

    [Fact]
    public async Task Many_readers_may_wait_for_the_same_notification()
    {
        var (user, sequences) = await FillAsync(1);

        var responses = await AtOnceAsync(async () =>
        {
            var waiting = Enumerable.Range(0, 10).Select(_ => user.GetAsync($"notifications?after={sequences[0]}&wait=30").JsonAsync()).ToArray();
            var file = (await user.UploadAsync("news.txt")).Text("id");

            var responses = await Task.WhenAll(waiting);
            sequences[0] = (await user.NotificationsOfAsync(file, 1))[0].Number("sequence");
            return responses;
        });

        Assert.All(responses, response => Assert.Single(response.Items("items")));
    }

    [Fact]
    public async Task Without_a_sequence_the_newest_are_given_in_order()
    {
        var (user, sequences) = await FillAsync(3);

        var newest = await user.GetAsync("notifications?limit=2").JsonAsync();

        Assert.Equal(sequences[1..], newest.Items("items").Select(one => one.Number("sequence")));
    }

    [Fact]
    public async Task Notifications_are_JSON_whatever_the_client_accepts()
    {
        var (user, sequences) = await FillAsync(1);

        var response = await user.GetAsync("notifications", ("Accept", "text/event-stream")).JsonAsync();

        Assert.Equal(sequences, response.Items("items").Select(one => one.Number("sequence")));
    }

    // Another user's read waits 20 s for nothing, begins first, and must still wait at the end: a read that waits its full 30 s ends later.
    private async Task<T> AtOnceAsync<T>(Func<Task<T>> read)
    {
        for (var tries = 1; ; tries++)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Get, "notifications?after=0&wait=20");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.NewUser("user").Token);
            var waiting = gateway.Http.SendAsync(request, enough.Token);
            var response = await read();
            if (!waiting.IsCompleted)
            {
                await enough.CancelAsync();
                await ((Task)waiting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return response;
            }
            Assert.Empty((await waiting.JsonAsync()).Items("items"));
            // A machine that stalls for 20 s ends both waits. It does not stall each time.
            Assert.True(tries < 5, $"Each of {tries} reads waited longer than another one of 20 s.");
        }
    }

    private async Task<(GatewayUser User, long[] Sequences)> FillAsync(int count)
    {
        var user = gateway.NewUser("user");
        for (var number = 0; number < count; number++)
        {
            var file = await user.UploadAsync($"{number}.txt");
            await user.NotificationsOfAsync(file.Text("id"), 1);
        }
        return (user, [.. (await user.NotificationsAsync()).Select(one => one.Number("sequence"))]);
    }
}
