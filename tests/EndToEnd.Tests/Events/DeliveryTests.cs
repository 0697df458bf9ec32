using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Events;

public sealed class DeliveryTests(GatewayApplication gateway)
{
    [Fact]
    public async Task An_event_that_comes_several_times_has_its_effect_once()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("repeated.txt")).Text("id");
        var published = (await user.AuditOfAsync(id, 1))[0].At("event").ToString();
        var before = await user.WhatIsThereAsync();

        for (var time = 0; time < 5; time++)
        {
            await PublishAsync("events:file.uploaded", published);
        }

        Assert.Equal(before, await user.WhatIsThereAsync());
        Assert.Single(await user.AuditOfAsync(id, 1));
        Assert.Single(await user.NotificationsOfAsync(id, 1));
    }

    [Fact]
    public async Task An_event_that_comes_again_after_the_file_was_deleted_does_not_bring_it_back()
    {
        var user = gateway.NewUser();
        var id = (await user.UploadAsync("deleted.txt")).Text("id");
        var published = (await user.AuditOfAsync(id, 1))[0].At("event").ToString();
        await user.DeleteAsync(id).EmptyAsync(HttpStatusCode.NoContent);
        var before = await user.WhatIsThereAsync();

        await PublishAsync("events:file.uploaded", published);

        Assert.Equal(before, await user.WhatIsThereAsync());
        Assert.Empty((await user.ContextAsync()).Items("files"));
    }

    [Fact]
    public async Task Events_that_come_in_the_wrong_order_have_the_effect_of_the_right_one()
    {
        var user = gateway.NewUser();
        var start = DateTimeOffset.UtcNow.AddMinutes(-10);
        string gone = Guid.NewGuid().ToString(), kept = Guid.NewGuid().ToString();
        EventMessage[] events =
        [
            Event("file.uploaded", gone, "uploadedBy", 1, "gone.txt"),
            Event("file.updated", gone, "updatedBy", 2, "gone-2.txt"),
            Event("file.deleted", gone, "deletedBy", 3, "gone-2.txt"),
            Event("file.uploaded", kept, "uploadedBy", 1, "kept.txt"),
            Event("file.updated", kept, "updatedBy", 2, "kept-2.txt"),
            Event("file.updated", kept, "updatedBy", 3, "kept-3.txt"),
        ];

        foreach (var message in events.Reverse())
        {
            await PublishAsync(message.Channel, message.ToString());
            // Wait for each effect before the next event, so that this is the order.
            await Eventually.UntilAsync(async () =>
                (await user.NotificationsAsync()).Any(told => told.Text("eventId") == message.Id)
                && (await user.AuditAsync()).Any(line => line.Text("eventId") == message.Id));
        }

        await user.WhatIsThereAsync();
        var file = Assert.Single((await user.ContextAsync()).Items("files"));
        Assert.Equal(kept, file.Text("fileId"));
        Assert.Equal("kept-3.txt", file.Text("filename"));
        Assert.Equal(3, file.Number("version"));
        foreach (var id in new[] { gone, kept })
        {
            // The audit log sorts by the time of the events, not by their arrival.
            Assert.Equal(
                events.Where(message => message.Payload["fileId"]!.GetValue<string>() == id).Reverse().Select(message => message.Id),
                (await user.AuditOfAsync(id, 3)).Select(line => line.Text("eventId")));
            Assert.Equal(3, (await user.NotificationsOfAsync(id, 3)).Length);
        }

        EventMessage Event(string type, string fileId, string actor, int version, string filename) => new()
        {
            Type = type,
            Timestamp = start.AddMinutes(version),
            Payload = new JsonObject { ["fileId"] = fileId, ["filename"] = filename, ["size"] = version, ["version"] = version, [actor] = user.Id },
        };
    }

    [Fact]
    public async Task A_refused_request_publishes_nothing()
    {
        var user = gateway.NewUser();
        List<string> heard = [];
        var queue = await gateway.RedisSubscriber.SubscribeAsync(RedisChannel.Pattern("events:*"));
        queue.OnMessage(message =>
        {
            lock (heard)
            {
                heard.Add(message.Message.ToString());
            }
        });
        // The relay may publish the upload late.
        var id = (await user.UploadAsync("watched.txt")).Text("id");
        await Eventually.UntilAsync(() => Heard().Any(message => message.Contains(id, StringComparison.Ordinal)));
        lock (heard)
        {
            heard.Clear();
        }

        await user.PutContentAsync(id, [], null, ("If-Match", "\"9\"")).ProblemAsync(HttpStatusCode.PreconditionFailed, "precondition-failed");
        await user.PatchAsync(id, """{"filename": ".."}""").ProblemAsync(HttpStatusCode.BadRequest, "invalid-request", "filename");
        await user.RenameAsync(id, "watched.txt");
        var marker = (await user.UploadAsync("after.txt")).Text("id");

        await Eventually.UntilAsync(() => Heard().Any(message => message.Contains(marker, StringComparison.Ordinal)));
        await queue.UnsubscribeAsync();
        Assert.Contains(marker, Assert.Single(Heard(), message => message.Contains(user.Id, StringComparison.Ordinal)), StringComparison.Ordinal);

        string[] Heard()
        {
            lock (heard)
            {
                return [.. heard];
            }
        }
    }

    private async Task PublishAsync(string channel, string message) => await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(channel), message);
}
