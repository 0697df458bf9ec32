using System.Net;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Network faults between the gateway and its storage.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class TransactionFaultTests(ProxiedFaults faults) : IDisposable
{
    /// <summary>Removes all faults, even after a failed test.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task Transactions_whose_answers_are_lost_have_committed_or_never_will()
    {
        await FaultRound.RunAsync("answers of transactions lost", faults.Gateway, async round =>
        {
            faults.Storage.Fault = request =>
            {
                if (!StorageProxy.IsTransaction(request))
                {
                    return ProxyFault.None;
                }
                lock (round.Random)
                {
                    return round.Random.Next(4) switch { 0 => ProxyFault.LoseResponse, 1 => ProxyFault.LoseRequest, _ => ProxyFault.None };
                }
            };
            await FaultRound.WaitAsync();
            faults.Mend();
        }, settle: true);
    }

    [Fact]
    public async Task A_transaction_that_reaches_storage_after_the_relay_has_looked_never_commits()
    {
        var (gateway, storage) = (faults.Gateway, faults.Storage);
        var user = gateway.NewUser();
        var file = await user.UploadAsync("before.txt");
        var id = file.Text("id");

        var held = 0;
        // The request cannot settle the outcome of its transaction, so the relay must.
        storage.Fault = request => ProxiedCall.Of(request).Is("BATCH", "/Gateway", user.Id) && IsFirst() ? ProxyFault.Hold
            : HttpMethods.IsPost(request.Method) && StorageProxy.Concerns(request, "Gateway") ? ProxyFault.LoseRequest
            : ProxyFault.None;
        await user.PatchAsync(id, """{"filename": "after.txt"}""").ProblemAsync(HttpStatusCode.ServiceUnavailable, "dependency-unavailable");
        storage.Fault = _ => ProxyFault.None;
        await Eventually.UntilAsync(async () => await Effects.PendingAsync(gateway, user) == 0);
        var response = await storage.LetGo();

        Assert.Contains("EntityAlreadyExists", response, StringComparison.Ordinal);
        Assert.Equal(file.ToString(), (await user.GetAsync($"files/{id}").JsonAsync()).ToString());
        Assert.Single(await Effects.CommittedAsync(gateway, user));
        await user.WhatIsThereAsync();
        Assert.Single(await user.AuditAsync($"&resourceId={id}"));

        bool IsFirst() => Interlocked.Exchange(ref held, 1) == 0;
    }

    [Fact]
    public async Task While_only_the_audit_log_stands_still_the_others_go_on_no_attempt_is_counted_and_afterwards_it_has_all()
    {
        var (gateway, storage) = (faults.Gateway, faults.Storage);
        var since = DateTimeOffset.UtcNow;
        var mark = gateway.Log.Count;
        var user = gateway.NewUser();
        await FaultRound.MakeWholeAsync(user);
        storage.Fault = request => StorageProxy.Concerns(request, "Audit") ? ProxyFault.Hold : ProxyFault.None;

        var own = (await user.UploadAsync("own.txt")).Text("id");
        var foreign = EventMessage.Uploaded(user.Id, Guid.NewGuid().ToString());
        await gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(foreign.Channel), foreign.ToString());

        await user.NotificationsOfAsync(own, 1);
        await user.FileInContextAsync(own, _ => true);
        await user.NotificationsOfAsync(foreign.Payload["fileId"]!.GetValue<string>(), 1);
        // The journal has another producer's event before anybody handles it.
        await Eventually.UntilAsync(async () => (await gateway.RedisDatabase.StreamRangeAsync(PendingEntries.Uploads))
            .Any(entry => ((string)entry["event"]!).Contains(foreign.Id, StringComparison.Ordinal)));
        await FaultRound.WaitAsync();
        Assert.Empty(await Effects.AuditedAsync(gateway, user, since));

        faults.Mend();
        await storage.LetGo();
        var ids = (await Effects.CommittedAsync(gateway, user)).Keys.Append(foreign.Id).Order().ToArray();
        await Eventually.UntilAsync(async () => (await Effects.AuditedAsync(gateway, user, since)).Count == ids.Length);
        Assert.Equal(ids, (await Effects.AuditedAsync(gateway, user, since)).Order());
        // An outage does not count as a failed attempt.
        Assert.DoesNotContain(gateway.Log.Skip(mark), line => line.Contains("Consumer audit failed on", StringComparison.Ordinal));
        Assert.DoesNotContain(
            (await user.GetAsync("dead-letters?consumer=audit&limit=500").JsonAsync()).Items("items"),
            letter => letter.ToString().Contains(user.Id, StringComparison.Ordinal));
    }
}
