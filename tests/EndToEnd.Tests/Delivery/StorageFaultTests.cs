using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

[Collection(OneFaultAtATime.Name)]
public sealed class StorageFaultTests(DeliveryFaults faults)
{
    [Fact]
    public Task Nothing_is_lost_and_nothing_is_half_written_when_storage_stands_still() => faults.RunAsync("storage frozen", async round =>
    {
        round.Gateway.Azurite.Freeze();
        // Longer than a request waits for storage.
        await Task.Delay(TimeSpan.FromSeconds(DeliveryFaults.IsLong ? 15 : 8), TestContext.Current.CancellationToken);
        using var refused = await round.User.PostRawAsync("refused.txt", "content"u8.ToArray());
        round.Gateway.Azurite.Thaw();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
    }, settle: true);

    [Fact]
    public async Task Transactions_whose_answers_are_lost_have_committed_or_never_will()
    {
        await using var storage = await StorageProxy.StartAsync(faults.Gateway.Azurite);
        await using var gateway = await StartBehindAsync(storage, "delivery-faults-answers");
        await faults.RunAsync("answers of transactions lost", async round =>
        {
            storage.Fault = request =>
            {
                if (!StorageProxy.IsTransaction(request))
                {
                    return StorageFault.None;
                }
                lock (round.Random)
                {
                    return round.Random.Next(4) switch { 0 => StorageFault.LoseAnswer, 1 => StorageFault.LoseRequest, _ => StorageFault.None };
                }
            };
            await FaultRound.WaitAsync();
            storage.Fault = _ => StorageFault.None;
        }, settle: true, on: gateway);
    }

    [Fact]
    public async Task A_transaction_that_reaches_storage_after_the_relay_has_looked_never_commits()
    {
        await using var storage = await StorageProxy.StartAsync(faults.Gateway.Azurite);
        await using var gateway = await StartBehindAsync(storage, "delivery-faults-late");
        var user = gateway.NewUser();
        var file = await user.UploadAsync("before.txt");
        var id = file.Text("id");

        var held = 0;
        // The request cannot even find out what became of its transaction: that is left to the relay.
        storage.Fault = request => StorageProxy.IsTransaction(request) && IsFirst() ? StorageFault.Hold
            : HttpMethods.IsPost(request.Method) && StorageProxy.Concerns(request, "Gateway") ? StorageFault.LoseRequest
            : StorageFault.None;
        await user.PatchAsync(id, """{"filename": "after.txt"}""").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        storage.Fault = _ => StorageFault.None;
        await Eventually.UntilAsync(async () => await Effects.PendingAsync(gateway, user) == 0, TimeSpan.FromMinutes(2));
        var answer = await storage.LetGo();

        Assert.Contains("EntityAlreadyExists", answer, StringComparison.Ordinal);
        Assert.Equal(file.ToString(), (await user.GetAsync($"files/{id}").JsonAsync()).ToString());
        Assert.Single(await Effects.CommittedAsync(gateway, user));
        await user.WhatIsThereAsync();
        Assert.Single(await user.AuditAsync($"&resourceId={id}"));

        bool IsFirst() => Interlocked.Exchange(ref held, 1) == 0;
    }

    [Fact]
    public async Task While_only_the_audit_log_cannot_be_written_the_others_go_on_and_afterwards_it_has_all_also_what_others_published()
    {
        await using var storage = await StorageProxy.StartAsync(faults.Gateway.Azurite);
        // Alone, so that nobody else writes the audit log.
        await using var redis = await RedisServer.StartAsync();
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "delivery-faults-audit",
            Azurite = faults.Gateway.Azurite,
            Redis = redis,
            Settings = new Dictionary<string, string?>(DeliveryFaults.Settings) { ["AzureWebJobsStorage"] = storage.ConnectionString },
        });
        var since = DateTimeOffset.UtcNow;
        var user = gateway.NewUser();
        storage.Fault = request => StorageProxy.Concerns(request, "Audit") ? StorageFault.LoseRequest : StorageFault.None;

        var own = (await user.UploadAsync("own.txt")).Text("id");
        var foreign = new EventMessage
        {
            Type = "file.uploaded",
            Payload = new JsonObject { ["fileId"] = Guid.NewGuid().ToString(), ["filename"] = "foreign.txt", ["size"] = 7, ["uploadedBy"] = user.Id },
        };
        await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(foreign.Channel), foreign.ToString());

        await user.NotificationsOfAsync(own, 1);
        await user.FileInContextAsync(own, _ => true);
        await user.NotificationsOfAsync(foreign.Payload["fileId"]!.GetValue<string>(), 1);
        // The first handling has failed, and another producer's event is kept for recovery.
        await Eventually.UntilAsync(async () => (await gateway.RedisDatabase.StreamRangeAsync("{events}:journal"))
            .Any(entry => ((string)entry["event"]!).Contains(foreign.Id, StringComparison.Ordinal)));
        await FaultRound.WaitAsync();
        Assert.Empty(await Effects.AuditedAsync(gateway, user, since));

        storage.Fault = _ => StorageFault.None;
        var ids = (await Effects.CommittedAsync(gateway, user)).Keys.Append(foreign.Id).Order().ToArray();
        await Eventually.UntilAsync(async () => (await Effects.AuditedAsync(gateway, user, since)).Count == ids.Length, TimeSpan.FromMinutes(2));
        Assert.Equal(ids, (await Effects.AuditedAsync(gateway, user, since)).Order());
        // An outage is no failure of an event.
        await Eventually.UntilAsync(async () => await gateway.RedisDatabase.HashLengthAsync("{events}:attempts:audit") == 0);
        Assert.DoesNotContain(
            (await user.GetAsync("dead-letters?consumer=audit&limit=500").JsonAsync()).Items("items"),
            letter => letter.ToString().Contains(user.Id, StringComparison.Ordinal));
    }

    // Beside the shared one, with the network's failures before its tables.
    private Task<GatewayApplication> StartBehindAsync(StorageProxy storage, string name) => GatewayApplication.StartAsync(new GatewayOptions
    {
        Name = name,
        Beside = faults.Gateway,
        Settings = new Dictionary<string, string?>(DeliveryFaults.Settings) { ["AzureWebJobsStorage"] = storage.ConnectionString },
    });
}
