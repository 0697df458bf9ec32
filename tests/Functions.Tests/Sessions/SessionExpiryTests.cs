using Azure.Data.Tables;
using McpFunctions.Domain.Credentials;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Sessions;
using McpFunctions.Functions.Sessions;
using McpFunctions.Functions.Storage;
using McpFunctions.Functions.Streams;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Sessions;

/// <summary>A sweep takes every due session, so these tests must run one after another. Tests of one class do.</summary>
public sealed class SessionExpiryTests(Stores stores)
{
    private static readonly SessionLimits s_limits = new(TimeSpan.FromMinutes(30), TimeSpan.FromHours(12), 1000);

    [Fact]
    public async Task However_many_sweep_at_once_and_after_days_of_downtime_every_session_ends_once()
    {
        var user = await NewUserAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var sessions = Sessions(time);
        for (var number = 0; number < 20; number++)
        {
            Assert.Null((await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Failure);
        }
        time.Advance(TimeSpan.FromDays(3));

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Expiry(time).ExpireAsync(CancellationToken.None)));

        var ends = await EndsAsync(user.Value.Id);
        Assert.Equal(20, ends.Count);
        Assert.Equal(20, ends.Select(end => end.Payload.GetProperty("sessionId").GetString()).Distinct().Count());
        Assert.All(ends, end => Assert.Equal("idle", end.Payload.GetProperty("reason").GetString()));
        Assert.Empty(await RowsAsync(StorageTables.SessionExpiry, $"UserId eq '{user.Value.Id}'"));
    }

    [Fact]
    public async Task A_session_that_was_used_ends_at_its_new_time()
    {
        var user = await NewUserAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var sessions = Sessions(time);
        var session = (await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Value;
        time.Advance(TimeSpan.FromMinutes(25));
        Assert.Null((await sessions.UseAsync(user.Value.Id, session.Id, CancellationToken.None)).Failure);

        time.Advance(TimeSpan.FromMinutes(15));
        await Expiry(time).ExpireAsync(CancellationToken.None);
        Assert.Empty(await EndsAsync(user.Value.Id));
        Assert.Single(await RowsAsync(StorageTables.SessionExpiry, $"RowKey eq '{session.Id}'"));

        time.Advance(TimeSpan.FromMinutes(16));
        Assert.IsType<Domain.Failure.Unauthenticated>((await sessions.UseAsync(user.Value.Id, session.Id, CancellationToken.None)).Failure);
        await Expiry(time).ExpireAsync(CancellationToken.None);
        Assert.Single(await EndsAsync(user.Value.Id));
    }

    [Fact]
    public async Task A_session_in_use_is_written_at_most_once_a_minute()
    {
        var user = await NewUserAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var sessions = Sessions(time);
        var session = (await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Value;
        var first = await ETagAsync();

        time.Advance(TimeSpan.FromSeconds(50));
        await sessions.UseAsync(user.Value.Id, session.Id, CancellationToken.None);
        Assert.Equal(first, await ETagAsync());

        time.Advance(TimeSpan.FromSeconds(11));
        await sessions.UseAsync(user.Value.Id, session.Id, CancellationToken.None);
        Assert.NotEqual(first, await ETagAsync());

        async Task<string> ETagAsync() =>
            Assert.Single(await RowsAsync(StorageTables.Gateway, $"PartitionKey eq 'user:{user.Value.Id}' and RowKey eq 'session:{session.Id}'")).ETag.ToString();
    }

    [Fact]
    public async Task An_index_row_without_a_session_is_kept_for_an_hour_since_the_session_may_still_be_committed()
    {
        var sessionId = Guid.CreateVersion7().ToString();
        var index = new TableSessionIndex(stores.Tables);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await index.AddAsync(sessionId, Guid.NewGuid().ToString(), time.GetUtcNow(), CancellationToken.None);

        time.Advance(TimeSpan.FromMinutes(59));
        await Expiry(time).ExpireAsync(CancellationToken.None);
        Assert.Single(await RowsAsync(StorageTables.SessionExpiry, $"RowKey eq '{sessionId}'"));

        time.Advance(TimeSpan.FromMinutes(2));
        await Expiry(time).ExpireAsync(CancellationToken.None);
        Assert.Empty(await RowsAsync(StorageTables.SessionExpiry, $"RowKey eq '{sessionId}'"));
    }

    [Fact]
    public async Task A_revoked_session_whose_end_was_not_published_is_no_credential_and_ends_as_revoked_in_a_sweep()
    {
        var user = await NewUserAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var sessions = Sessions(time);
        var session = (await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Value;
        using var watch = new CredentialWatch(State(time), Directory(time), time, NullLogger<CredentialWatch>.Instance);
        var principal = new Principal(user.Value.Id, user.Value.Username, user.Value.Role, session.Id);
        Assert.True(await watch.IsAliveAsync(principal, CancellationToken.None));

        Assert.True(await sessions.TryRevokeWithAsync(new Transaction(StateKeys.User(user.Value.Id)), null, CancellationToken.None));

        Assert.IsType<Domain.Failure.Unauthenticated>((await sessions.UseAsync(user.Value.Id, session.Id, CancellationToken.None)).Failure);
        Assert.False(await watch.IsAliveAsync(principal, CancellationToken.None));
        var revokedAt = time.GetUtcNow();
        time.Advance(s_limits.IdleTimeout + TimeSpan.FromMinutes(1));
        await Expiry(time).ExpireAsync(CancellationToken.None);
        var end = Assert.Single(await EndsAsync(user.Value.Id)).Payload;
        Assert.Equal("revoked", end.GetProperty("reason").GetString());
        Assert.InRange(end.GetProperty("expiresAt").GetDateTimeOffset(), revokedAt.AddMilliseconds(-1), revokedAt);
    }

    [Fact]
    public async Task A_logout_and_a_sweep_at_once_end_a_session_once()
    {
        var user = await NewUserAsync();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var sessions = Sessions(time);
        var session = (await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Value;
        var principal = new Principal(user.Value.Id, user.Value.Username, user.Value.Role, session.Id);
        time.Advance(TimeSpan.FromHours(1));

        await Task.WhenAll(
            Sessions(time).LogoutAsync(principal, "test", CancellationToken.None),
            Expiry(time).ExpireAsync(CancellationToken.None),
            Sessions(time).RevokeAsync(user.Value.Id, session.Id, "test", CancellationToken.None),
            Expiry(time).ExpireAsync(CancellationToken.None));

        Assert.Single(await EndsAsync(user.Value.Id));
    }

    [Fact]
    public async Task Of_several_parallel_logouts_one_ends_the_session_and_the_others_get_a_conflict()
    {
        var user = await NewUserAsync();
        var sessions = Sessions(TimeProvider.System);
        var session = (await sessions.OpenAsync(user, "password", "test", CancellationToken.None)).Value;
        var principal = new Principal(user.Value.Id, user.Value.Username, user.Value.Role, session.Id);

        var logouts = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => sessions.LogoutAsync(principal, "test", CancellationToken.None)));

        Assert.Single(logouts, logout => logout.Failure is null);
        Assert.All(logouts.Where(logout => logout.Failure is not null), logout => Assert.IsType<Domain.Failure.Unauthenticated>(logout.Failure));
        Assert.Single(await EndsAsync(user.Value.Id));
    }

    private TableStateStore State(TimeProvider time) => new(stores.Tables, GatewayFeatures.Stored, new RecentRows(time));

    private UserDirectory Directory(TimeProvider time) => new(State(time), new BootstrapAdministrator("administrator", () => ("", "")));

    private SessionService Sessions(TimeProvider time) =>
        new(State(time), stores.Publisher(), new TableSessionIndex(stores.Tables), Directory(time), s_limits, time);

    private SessionExpiry Expiry(TimeProvider time) => new(new TableSessionIndex(stores.Tables), Sessions(time), time);

    private async Task<Stored<UserRow>> NewUserAsync()
    {
        var id = Guid.CreateVersion7().ToString();
        var user = new UserRow { Id = id, Username = "ada", Role = Roles.User, CreatedAt = DateTimeOffset.UtcNow, PasswordHash = "" };
        var state = State(TimeProvider.System);
        Assert.True(await state.TryWriteAsync(new Transaction(StateKeys.User(id)).Insert(UserKeys.Profile, user), CancellationToken.None));
        return (await state.FindAsync<UserRow>(StateKeys.User(id), UserKeys.Profile, CancellationToken.None))!;
    }

    private async Task<List<DomainEvent>> EndsAsync(string userId)
    {
        List<DomainEvent> ends = [];
        foreach (var row in await RowsAsync(StorageTables.Gateway, $"PartitionKey eq '{StateKeys.User(userId)}' and RowKey ge 'event:' and RowKey lt 'event;'"))
        {
            Assert.True(EventParser.TryRead(row.GetBinary("Body"), out var domainEvent, out _));
            if (domainEvent.Type == EventTypes.SessionExpired)
            {
                ends.Add(domainEvent);
            }
        }
        return ends;
    }

    private async Task<List<TableEntity>> RowsAsync(string table, string filter)
    {
        List<TableEntity> rows = [];
        await foreach (var row in stores.Table(table).QueryAsync<TableEntity>(filter))
        {
            rows.Add(row);
        }
        return rows;
    }
}
