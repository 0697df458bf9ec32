using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Quotas;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Storage;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Storage;

/// <summary>Two instances of the app that count what one user has.</summary>
public sealed class RecentRowsTests : IAsyncLifetime
{
    private readonly Stores stores;
    private readonly FakeTimeProvider time = new();
    private readonly string user = Guid.NewGuid().ToString();
    private StorageProxy proxy = null!;
    private Instance one = null!;
    private Instance other = null!;
    private int reads;

    public RecentRowsTests(Stores stores) => this.stores = stores;

    public async ValueTask InitializeAsync()
    {
        proxy = await StorageProxy.StartAsync(stores.Azurite, stores.Azurite.NewAccount());
        proxy.Fault = request =>
        {
            if (HttpMethods.IsGet(request.Method) && request.Path.Value!.Contains(Usage.Files, StringComparison.Ordinal))
            {
                Interlocked.Increment(ref reads);
            }

            return ProxyFault.None;
        };
        (one, other) = (NewInstance(), NewInstance());
    }

    public ValueTask DisposeAsync() => proxy.DisposeAsync();

    [Fact]
    public async Task An_instance_reads_a_count_once_and_writes_what_it_knows()
    {
        for (int count = 1; count <= 5; count++)
        {
            Assert.Equal(PublishOutcome.Committed, await AddAsync(one));
        }

        Assert.Equal(1, reads);
        Assert.Equal(5, await CountAsync());
    }

    [Fact]
    public async Task A_guess_that_another_instance_has_overtaken_is_refused_and_then_the_count_is_read_for_a_while()
    {
        await AddAsync(one);
        await AddAsync(other);

        Assert.Equal(PublishOutcome.Refused, await AddAsync(one));
        reads = 0;
        Assert.Equal(PublishOutcome.Committed, await AddAsync(one));
        Assert.Equal(PublishOutcome.Committed, await AddAsync(one));
        Assert.Equal(2, reads);
        Assert.Equal(4, await CountAsync());

        time.Advance(TimeSpan.FromSeconds(30));
        await AddAsync(one);
        reads = 0;
        await AddAsync(one);
        Assert.Equal(0, reads);
        Assert.Equal(6, await CountAsync());
    }

    [Fact]
    public async Task A_count_that_would_refuse_is_read()
    {
        await AddAsync(one);
        Stored<UsageRow>? usage = await other.State.FindUsageAsync(user, Usage.Files, CancellationToken.None);
        await other.CommitAsync(Counted(usage, -1));

        Stored<UsageRow>? found = await one.State.FindUsageAsync(user, Usage.Files, row => row.Count >= 1, CancellationToken.None);

        Assert.Equal(0, found!.Value.Count);
    }

    private async Task<PublishOutcome> AddAsync(Instance instance) =>
        await instance.CommitAsync(Counted(await instance.State.FindUsageAsync(user, Usage.Files, CancellationToken.None), 1));

    private Transaction Counted(Stored<UsageRow>? usage, long more) => new Transaction(StateKeys.User(user))
        .SetUsage(Usage.Files, usage, (usage?.Value ?? Usage.None).Plus(more, 0))
        .Publish(DomainEvent.Create(new AuthLogin(user, user, "password", "s"), DateTimeOffset.UtcNow, user, null));

    private async Task<long> CountAsync() => (await NewInstance().State.FindUsageAsync(user, Usage.Files, CancellationToken.None))!.Value.Count;

    private Instance NewInstance()
    {
        var tables = new StorageTables(new(proxy.ConnectionString), Stores.CallTimeout);
        var recent = new RecentRows(time);
        return new Instance(
            new TableStateStore(tables, GatewayFeatures.Stored, recent),
            new TableEventPublisher(
                tables, GatewayFeatures.Stored, recent, new RedisJournal(stores.Redis, NullLogger<RedisJournal>.Instance), NullLogger<TableEventPublisher>.Instance));
    }

    private sealed record Instance(IStateStore State, IEventPublisher Publisher)
    {
        public Task<PublishOutcome> CommitAsync(Transaction transaction) => Publisher.PublishAsync(transaction, CancellationToken.None);
    }
}
