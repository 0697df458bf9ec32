using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Files;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Recovery;

public sealed class RetentionTests
{
    private readonly string user = Guid.NewGuid().ToString();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Expired_events_go_with_their_histories_a_hundred_rows_at_a_time_even_if_one_is_gone_already(bool isOneGone)
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(-91));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        await UploadAsync(harness, time, 45);
        await UploadAsync(harness, time, 45);
        await Eventually.UntilAsync(async () =>
        {
            await harness.Get<OutboxRelay>().RelayAsync(CancellationToken.None);
            return await harness.CountAsync(StorageTables.Log) == 90;
        });
        if (isOneGone)
        {
            TableClient gateway = await harness.Get<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
            TableEntity first = await harness.Get<StorageTables>().QueryAsync(StorageTables.Gateway, "RowKey ge 'hist:' and RowKey lt 'hist;'", CancellationToken.None).FirstAsync();
            await gateway.DeleteEntityAsync(first.PartitionKey, first.RowKey);
        }

        time.Advance(TimeSpan.FromDays(91));
        int deletes = 0;
        harness.Storage.Fault = request =>
        {
            if (StorageProxy.IsTransaction(request) || HttpMethods.IsDelete(request.Method))
            {
                Interlocked.Increment(ref deletes);
            }

            return ProxyFault.None;
        };
        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        Assert.Equal(0, await harness.CountAsync(StorageTables.Gateway));
        Assert.Equal(0, await harness.CountAsync(StorageTables.Log));
        // Two for the events and histories, one for each shard of the log, or two if an hour began meanwhile. A row that is gone makes its hundred go one by one.
        int most = 2 + (2 * harness.Get<HourShards>().Count);
        Assert.InRange(deletes, 3, isOneGone ? most + Transaction.MaxOperations : most);
    }

    private async Task UploadAsync(DeliveryHarness harness, TimeProvider time, int count)
    {
        var transaction = new Transaction(StateKeys.User(user));
        foreach (string id in Enumerable.Range(0, count).Select(_ => Guid.NewGuid().ToString()))
        {
            DomainEvent uploaded = DomainEvent.Create(
                new FileUploaded(id, "a.txt", 1, "text/plain", "s", 1, user), Timestamps.ToMilliseconds(time.GetUtcNow()), user, null);
            transaction.Insert(FileKeys.History(id, 1), new FileHistoryRow(uploaded.Id)).Publish(uploaded);
        }

        Assert.Equal(PublishOutcome.Committed, await harness.Get<IEventPublisher>().PublishAsync(transaction, CancellationToken.None));
    }
}
