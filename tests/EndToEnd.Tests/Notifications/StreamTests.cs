using System.Net;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>The live stream. The shared gateway ends each stream after five seconds.</summary>
public sealed class StreamTests(GatewayApplication gateway)
{
    [Fact]
    public async Task Notifications_come_while_the_stream_is_open_and_are_as_the_inbox_has_them()
    {
        // Again where the machine is so busy that the stream's time is over before the event comes.
        var (user, file, live, _) = await Eventually.GetAsync(
            async () =>
            {
                var user = gateway.NewUser("user");
                await using var stream = await EventStream.OpenAsync(gateway, user);
                var file = await user.UploadAsync("live.txt");
                var live = await stream.NextAsync();
                return (user, file, live, isOpen: !stream.Ended.IsCompleted);
            },
            seen => seen.isOpen);

        Assert.Equal("file:new", live["event"]);
        Assert.Contains(file.Text("id"), live["data"], StringComparison.Ordinal);
        Assert.Equal(
            (await user.NotificationsAsync()).Select(one => (one.ToString(), $"{one.Number("sequence")}")),
            [(JsonDocument.Parse(live["data"]).RootElement.ToString(), live["id"])]);
    }

    [Fact]
    public async Task A_user_may_have_twenty_reads_open_and_no_more()
    {
        var user = gateway.NewUser("user");

        var responses = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => user.GetAsync("notifications?after=1&wait=20")));

        var refused = responses.Where(response => response.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        Assert.NotEmpty(refused);
        Assert.All(refused, response => Assert.NotNull(response.Headers.RetryAfter));
        Assert.Equal(60 - refused.Length, responses.Count(response => response.StatusCode == HttpStatusCode.OK));
        Assert.InRange(refused.Length, 1, 40);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_that_reconnects_continues_after_the_last_event_that_it_saw(bool byHeader)
    {
        var user = gateway.NewUser("user");
        var sequences = await FillAsync(user, 4);

        // The header that EventSource sends by itself wins over the query of its address.
        await using var stream = byHeader
            ? await EventStream.OpenAsync(gateway, user, "?after=0", ("Last-Event-ID", $"{sequences[1]}"))
            : await EventStream.OpenAsync(gateway, user, $"?after={sequences[1]}");

        Assert.Equal(sequences[2..].Select(sequence => $"{sequence}"), (await stream.RestAsync()).Select(one => one["id"]));
    }

    [Fact]
    public async Task Over_several_connections_nothing_is_missed_and_nothing_comes_twice()
    {
        var user = gateway.NewUser("user");
        List<string> seen = [];
        var filling = FillAsync(user, 12);

        // On a busy machine a stream ends before it has told four events.
        await Eventually.UntilAsync(
            async () =>
            {
                await using var stream = await EventStream.OpenAsync(gateway, user, seen.Count == 0 ? "?after=0" : $"?after={seen[^1]}");
                for (var events = 0; events < 4 && seen.Count < 12; events++)
                {
                    seen.Add((await stream.NextAsync())["id"]);
                }
                return seen.Count == 12;
            },
            4 * Eventually.DefaultDeadline);

        Assert.Equal((await filling).Select(sequence => $"{sequence}"), seen);
    }

    [Fact]
    public async Task A_stream_ends_itself_and_says_when_to_reconnect()
    {
        await using var stream = await EventStream.OpenAsync(gateway, gateway.NewUser("user"));

        await stream.Ended.WaitAsync(Eventually.DefaultDeadline);

        Assert.True(stream.Retries > 1);
    }

    [Fact]
    public async Task A_message_that_Redis_loses_delays_a_notification_and_no_more()
    {
        var user = gateway.NewUser("user");
        var sequence = (await FillAsync(user, 1))[0];
        var notification = (await user.NotificationsAsync())[0].GetRawText().Replace("file:new", "file:updated", StringComparison.Ordinal);

        // With one more where the machine is so busy that the stream's time is over before it looks.
        var id = await Eventually.GetAsync(
            async () =>
            {
                await using var stream = await EventStream.OpenAsync(gateway, user, $"?after={sequence}");
                // The state that the script leaves when its message is lost.
                await gateway.RedisDatabase.ScriptEvaluateAsync(
                    "redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2]) redis.call('HSET', KEYS[2], 'last', ARGV[1])",
                    [$"{{user:{user.Id}}}:inbox:entries", $"{{user:{user.Id}}}:inbox:meta"],
                    [++sequence, notification]);
                return (await stream.NextAsync())["id"];
            },
            _ => true);

        Assert.Equal($"{sequence}", id);
    }

    [Fact]
    public async Task Many_streams_all_get_each_notification()
    {
        // Again where the machine is so busy that a stream's time is over before the event comes.
        var names = await Eventually.GetAsync(
            async () =>
            {
                var user = gateway.NewUser("user");
                var streams = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => EventStream.OpenAsync(gateway, user)));
                try
                {
                    await user.UploadAsync("for-all.txt");
                    return await Task.WhenAll(streams.Select(async stream => (await stream.NextAsync())["event"]));
                }
                finally
                {
                    await Task.WhenAll(streams.Select(stream => stream.DisposeAsync().AsTask()));
                }
            },
            _ => true);

        Assert.Equal(Enumerable.Repeat("file:new", 20), names);
    }

    [Fact]
    public async Task A_ticket_opens_the_stream_once_and_stands_in_no_log()
    {
        var user = gateway.NewUser("user");
        var file = await user.UploadAsync("for-a-browser.txt");
        await user.NotificationsOfAsync(file.Text("id"), 1);

        // Another ticket where the machine is so busy that one is over before its use.
        var (ticket, address, first) = await Eventually.GetAsync(
            async () =>
            {
                var (ticket, address) = await TicketAsync(user);
                await using var stream = await EventStream.OpenAsync(address);
                var first = await stream.NextAsync();
                await stream.Ended;
                return (ticket, address, first);
            },
            _ => true);

        Assert.Contains(file.Text("id"), first["data"], StringComparison.Ordinal);
        await gateway.Http.GetAsync(address).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
        Assert.DoesNotContain(gateway.Log, line => line.Contains(ticket, StringComparison.Ordinal));
        gateway.AssertThatTheLogHoldsNoSecret();
    }

    [Fact]
    public async Task A_ticket_is_valid_for_thirty_seconds_and_only_for_the_stream()
    {
        var user = gateway.NewUser("user");

        // Another ticket where the machine is so busy that one is over before the end.
        await Eventually.UntilAsync(async () =>
        {
            var (ticket, address) = await TicketAsync(user);

            await gateway.Http.GetAsync($"notifications?ticket={ticket}").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            await gateway.Http.GetAsync($"files?ticket={ticket}").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            await user.GetAsync($"notifications/stream?ticket={ticket}").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            await gateway.Http.GetAsync("notifications/stream?ticket=made-up").ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
            foreach (var server in gateway.RedisDatabase.Multiplexer.GetServers())
            {
                await foreach (var key in server.KeysAsync(pattern: "notifications:ticket:*"))
                {
                    // Another test may have used its ticket by now. Every other ticket must expire.
                    var left = await gateway.RedisDatabase.KeyTimeToLiveAsync(key);
                    Assert.True(left <= TimeSpan.FromSeconds(30) || (left is null && !await gateway.RedisDatabase.KeyExistsAsync(key)), $"{key} lives for {left}.");
                }
            }
            // None of these requests used up the ticket.
            await using var stream = await EventStream.OpenAsync(address);
            return true;
        });
    }

    [Fact]
    public async Task A_ticket_of_a_session_that_has_ended_opens_nothing()
    {
        var user = await gateway.NewSignedInAsync();
        var (_, address) = await TicketAsync(user);
        await user.PostAsync("auth/logout").EmptyAsync(HttpStatusCode.NoContent);

        await gateway.Http.GetAsync(address).ProblemAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    private async Task<(string Ticket, Uri Address)> TicketAsync(GatewayUser user)
    {
        var asked = DateTimeOffset.UtcNow;
        var made = await user.PostAsync("notifications/tickets").JsonAsync();
        Assert.InRange(DateTimeOffset.Parse(made.Text("expiresAt"), null), asked, DateTimeOffset.UtcNow.AddSeconds(30));
        return (gateway.Confidential(made.Text("ticket")), new Uri(gateway.Address, made.Text("url")));
    }

    private static async Task<long[]> FillAsync(GatewayUser user, int count)
    {
        for (var number = 0; number < count; number++)
        {
            var file = await user.UploadAsync($"{number}.txt");
            await user.NotificationsOfAsync(file.Text("id"), 1);
        }
        return [.. (await user.NotificationsAsync()).Select(one => one.Number("sequence"))];
    }
}
