using System.Text.Json.Nodes;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Another producer publishes directly to the channels: twice, late and out of order.</summary>
[Collection(OneFaultAtATime.Name)]
public sealed class MessageFaultTests(DeliveryFaults faults)
{
    private const int Files = 12;

    [Fact]
    public async Task Messages_that_come_twice_out_of_order_and_ten_minutes_late_have_their_effects_once_and_in_order()
    {
        var seed = FaultRound.NextSeed();
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {seed}.");
        var random = new Random(seed);
        var user = faults.Gateway.NewUser();
        var since = DateTimeOffset.UtcNow.AddMinutes(-20);
        // The second instance receives every message as well.
        await using var second = await GatewayApplication.StartAsync(
            new GatewayOptions { Name = "delivery-faults-messages", Beside = faults.Gateway, Settings = DeliveryFaults.Settings });
        List<EventMessage> events = [];
        HashSet<string> expected = [];
        for (var file = 0; file < Files; file++)
        {
            var id = Guid.NewGuid().ToString();
            var isDeleted = file % 3 == 0;
            events.Add(Event("file.uploaded", id, "uploadedBy", 1));
            events.Add(Event("file.updated", id, "updatedBy", 2));
            events.Add(Event(isDeleted ? "file.deleted" : "file.updated", id, isDeleted ? "deletedBy" : "updatedBy", 3));
            if (!isDeleted)
            {
                expected.Add($"{id} 3.txt 3");
            }
        }
        EventMessage[] messages = [.. events, .. events.Where(_ => random.Next(2) == 0)];
        random.Shuffle(messages);

        foreach (var message in messages)
        {
            await faults.Gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(message.Channel), message.ToString());
        }

        await Eventually.UntilAsync(async () =>
            (await Effects.AuditedAsync(faults.Gateway, user, since)).Count >= events.Count
            && (await user.NotificationsAsync()).Length >= events.Count
            && expected.SetEquals(await ContextAsync()));
        // Each channel is handled in order, so after a last event all repeated messages have been handled.
        await user.WhatIsThereAsync();
        var ids = events.Select(message => message.Id).Order().ToArray();
        Assert.Equal(ids, (await Effects.AuditedAsync(faults.Gateway, user, since)).Intersect(ids).Order());
        Assert.Equal(ids, (await user.NotificationsAsync()).Select(told => told.Text("eventId")).Where(ids.Contains).Order());
        Assert.Equal(expected.Order(), (await ContextAsync()).Order());

        EventMessage Event(string type, string fileId, string actor, int version) => new()
        {
            Type = type,
            Timestamp = DateTimeOffset.UtcNow.AddMinutes(-10).AddSeconds(version),
            Payload = new JsonObject { ["fileId"] = fileId, ["filename"] = $"{version}.txt", ["size"] = version, ["version"] = version, [actor] = user.Id },
        };

        async Task<string[]> ContextAsync() => [.. (await user.ContextAsync()).Items("files")
            .Select(file => $"{file.Text("fileId")} {file.Text("filename")} {file.Number("version")}")];
    }
}
