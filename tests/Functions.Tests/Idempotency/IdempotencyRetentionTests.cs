using Azure.Data.Tables;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Tests.Delivery;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Idempotency;

public sealed class IdempotencyRetentionTests
{
    [Fact]
    public async Task The_result_of_a_request_is_kept_for_a_day_and_then_deleted_with_its_index_row()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        var actor = new Actor(Guid.NewGuid().ToString(), "test") { IdempotencyKey = new IdempotencyKey($"{IdempotencyKey.RowPrefix}{new string('a', 64)}", "hash") };
        var commands = new CommandService(harness.Get<Domain.Delivery.IStateStore>(), harness.Get<IdempotencyService>(), Domain.Quotas.QuotaLimits.Default, time);
        string id = (await commands.StartAsync(actor, "once", null, null, CancellationToken.None)).Value.Id;

        time.Advance(TimeSpan.FromHours(23));
        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);
        Assert.Equal(id, (await commands.StartAsync(actor, "once", null, null, CancellationToken.None)).Value.Id);
        Assert.Single(await KnownAsync(harness));

        // The clean-up deletes rows in steps of an hour.
        time.Advance(TimeSpan.FromHours(3));
        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);
        Assert.Empty(await KnownAsync(harness));
        Assert.Equal(0, await harness.CountAsync(StorageTables.IdempotencyExpiry));
    }

    [Fact]
    public async Task A_key_that_is_used_again_after_its_retention_is_not_deleted_with_its_old_index_row()
    {
        // A test cannot move storage's clock, so the first use is in the past.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(-26));
        await using DeliveryHarness harness = await DeliveryHarness.StartAsync(time);
        var actor = new Actor(Guid.NewGuid().ToString(), "test") { IdempotencyKey = new IdempotencyKey($"{IdempotencyKey.RowPrefix}{new string('b', 64)}", "hash") };
        var commands = new CommandService(harness.Get<Domain.Delivery.IStateStore>(), harness.Get<IdempotencyService>(), Domain.Quotas.QuotaLimits.Default, time);
        string first = (await commands.StartAsync(actor, "once", null, null, CancellationToken.None)).Value.Id;
        time.Advance(TimeSpan.FromHours(26));
        string second = (await commands.StartAsync(actor, "once", null, null, CancellationToken.None)).Value.Id;
        Assert.NotEqual(first, second);

        await harness.Get<Retention>().CleanUpAsync(CancellationToken.None);

        Assert.Equal(second, (await commands.StartAsync(actor, "once", null, null, CancellationToken.None)).Value.Id);
        Assert.Equal(1, await harness.CountAsync(StorageTables.IdempotencyExpiry));
    }

    private static async Task<List<TableEntity>> KnownAsync(DeliveryHarness harness)
    {
        TableClient gateway = await harness.Get<StorageTables>().GetAsync(StorageTables.Gateway, CancellationToken.None);
        List<TableEntity> rows = [];
        await foreach (TableEntity row in gateway.QueryAsync<TableEntity>("RowKey ge 'idem:' and RowKey lt 'idem;'"))
        {
            rows.Add(row);
        }

        return rows;
    }
}
