using System.Text.Json;
using CsCheck;
using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Domain.Tests.Idempotency;

public sealed class IdempotencyServiceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly StateInMemory _state = new();

    [Fact]
    public void However_repeated_requests_interleave_each_key_has_one_effect_and_one_response() =>
        // The key and body of each request, the order of the commits, and the commits that storage loses.
        Gen.Select(
            Gen.Select(Gen.Int[0, 1], Gen.Int[0, 1]).Array[2, 8],
            Gen.Int[0, 7].Array[0, 40],
            Gen.Int[0, 40].Array[0, 3]).Sample((requests, order, losses) =>
        {
            var time = new FakeTimeProvider();
            var state = new StateInMemory();
            var gate = new Gate(state, order, losses);
            var idempotency = Idempotency(state, time);
            Task<Outcome<CommandRecord>>[] responses = [.. requests.Select(request => StartAsync(
                idempotency, Actor($"key-{request.Item1}", $"body-{request.Item2}"), $"command-{request.Item2}"))];
            gate.Run(Task.WhenAll(responses));

            foreach (var sameKey in requests.Zip(responses).GroupBy(each => each.First.Item1))
            {
                var started = sameKey.Where(each => each.Second.Result.Failure is null).ToArray();
                // One effect: all successful requests have the same body and get the same response.
                Assert.True(started.Select(each => each.Second.Result.Value).Distinct().Count() <= 1);
                Assert.True(started.Select(each => each.First.Item2).Distinct().Count() <= 1);
                Assert.All(
                    sameKey.Where(each => each.Second.Result.Failure is not null),
                    each => Assert.True(each.Second.Result.Failure is Domain.Failure.Conflict or Domain.Failure.Unavailable));
            }
            Assert.True(state.Events.Count <= requests.Select(request => request.Item1).Distinct().Count());
            Assert.Equal(state.Events.Count, state.Events.Select(each => each.Payload.GetProperty("commandId").GetString()).Distinct().Count());
        });

    [Fact]
    public async Task The_same_request_is_known_for_a_day_and_then_new()
    {
        var commands = new CommandService(_state, Idempotency(_state, _time), QuotaLimits.Default, _time);
        async Task<Outcome<CommandRecord>> StartAsync(string body) =>
            await commands.StartAsync(Actor("key", body), "command", JsonSerializer.SerializeToElement(body), null, CancellationToken.None);
        var first = await StartAsync("a");

        _time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(first.Value.Id, (await StartAsync("a")).Value.Id);
        Assert.IsType<Domain.Failure.Conflict>((await StartAsync("b")).Failure);

        _time.Advance(TimeSpan.FromHours(2));
        Assert.NotEqual(first.Value.Id, (await StartAsync("b")).Value.Id);
        Assert.Equal(2, _state.Events.Count);
    }

    [Fact]
    public async Task Of_two_completions_with_two_keys_one_conflicts_and_each_repetition_gets_the_first_response()
    {
        var commands = new CommandService(_state, Idempotency(_state, _time), QuotaLimits.Default, _time);
        var id = (await commands.StartAsync(Actor(null, ""), "command", null, null, CancellationToken.None)).Value.Id;

        var one = await commands.CompleteAsync(Actor("one", "same"), id, null, CancellationToken.None);
        var two = await commands.CompleteAsync(Actor("two", "same"), id, null, CancellationToken.None);
        var again = await commands.CompleteAsync(Actor("one", "same"), id, null, CancellationToken.None);

        Assert.Equal(one.Value, again.Value);
        Assert.IsType<Domain.Failure.Conflict>(two.Failure);
    }

    [Fact]
    public async Task A_request_whose_process_died_runs_again_with_the_same_id()
    {
        var idempotency = Idempotency(_state, _time);
        List<Guid> ids = [];
        await Assert.ThrowsAsync<InvalidOperationException>(() => idempotency.RunAsync<CommandRecord>(
            Actor("key", "body"),
            id =>
            {
                ids.Add(id);
                throw new InvalidOperationException("The process is gone.");
            },
            CancellationToken.None));
        Task<Outcome<CommandRecord>> RunAsync() => idempotency.RunAsync<CommandRecord>(
            Actor("key", "body"),
            id =>
            {
                ids.Add(id);
                return Task.FromResult<Outcome<CommandRecord>>(Record(id));
            },
            CancellationToken.None);

        Assert.IsType<Domain.Failure.Conflict>((await RunAsync()).Failure);
        _time.Advance(TimeSpan.FromMinutes(3));
        var done = await RunAsync();
        var again = await RunAsync();

        Assert.Equal([ids[0], ids[0]], ids);
        Assert.Equal(done.Value, again.Value);
    }

    [Fact]
    public async Task A_request_whose_client_disconnected_runs_again_at_once_with_the_same_id()
    {
        var idempotency = Idempotency(_state, _time);
        List<Guid> ids = [];
        await Assert.ThrowsAsync<OperationCanceledException>(() => idempotency.RunAsync<CommandRecord>(
            Actor("key", "body"),
            id =>
            {
                ids.Add(id);
                throw new OperationCanceledException("The client is gone.");
            },
            CancellationToken.None));
        Task<Outcome<CommandRecord>> RunAsync(string body) => idempotency.RunAsync<CommandRecord>(
            Actor("key", body),
            id =>
            {
                ids.Add(id);
                return Task.FromResult<Outcome<CommandRecord>>(Record(id));
            },
            CancellationToken.None);

        Assert.IsType<Domain.Failure.Conflict>((await RunAsync("another body")).Failure);
        var done = await RunAsync("body");
        var again = await RunAsync("body");

        Assert.Equal([ids[0], ids[0]], ids);
        Assert.Equal(done.Value, again.Value);
    }

    [Fact]
    public async Task A_request_that_failed_leaves_nothing()
    {
        var idempotency = Idempotency(_state, _time);
        var failed = await idempotency.RunAsync<CommandRecord>(
            Actor("key", "body"), _ => Task.FromResult<Outcome<CommandRecord>>(new Failure.NotFound()), CancellationToken.None);
        var done = await idempotency.RunAsync<CommandRecord>(
            Actor("key", "body"), id => Task.FromResult<Outcome<CommandRecord>>(Record(id)), CancellationToken.None);

        Assert.IsType<Domain.Failure.NotFound>(failed.Failure);
        Assert.Null(done.Failure);
    }

    // Starts a command without quotas, since only the idempotency row is under test.
    private static async Task<Outcome<CommandRecord>> StartAsync(IdempotencyService idempotency, Actor actor, string name)
    {
        var command = Record(Guid.CreateVersion7()) with { Name = name };
        var started = DomainEvent.Create(new CommandStarted(command.Id, name, null, actor.UserId), command.StartedAt, actor.UserId, actor.CorrelationId);
        return await idempotency.CommitAsync(
            actor,
            new Transaction(StateKeys.User(actor.UserId)).Insert(CommandService.RowPrefix + command.Id, command).Publish(started),
            command,
            CancellationToken.None) ?? throw new InvalidOperationException("A new command's row was already there.");
    }

    private static CommandRecord Record(Guid id) => new()
    {
        Id = id.ToString(),
        Name = "command",
        Status = CommandStatus.Started,
        StartedBy = "user",
        StartedAt = DateTimeOffset.UnixEpoch,
    };

    private static IdempotencyService Idempotency(StateInMemory state, TimeProvider time) => new(state, state, new NoIndex(), time);

    private static Actor Actor(string? key, string body) =>
        new("00000000-0000-7000-8000-000000000001", "test") { IdempotencyKey = key is null ? null : new IdempotencyKey(IdempotencyKey.RowPrefix + key, body) };

    private sealed class NoIndex : IIdempotencyIndex
    {
        public Task AddAsync(string partition, string rowKey, DateTimeOffset at, CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Holds commits back and lets them through one by one, in an order that a test chooses.</summary>
    private sealed class Gate
    {
        private readonly List<TaskCompletionSource> _waiting = [];
        private readonly StateInMemory _state;
        private readonly int[] _order;
        private readonly int[] _losses;

        public Gate(StateInMemory state, int[] order, int[] losses)
        {
            (_state, _order, _losses) = (state, order, losses);
            state.BeforeCommit = _ =>
            {
                // Continues on the same thread, so a released request runs to its next commit before any other request runs.
                var turn = new TaskCompletionSource();
                _waiting.Add(turn);
                return turn.Task;
            };
        }

        public void Run(Task all)
        {
            for (var step = 0; _waiting.Count > 0; step++)
            {
                var next = step < _order.Length ? _order[step] % _waiting.Count : 0;
                var turn = _waiting[next];
                _waiting.RemoveAt(next);
                _state.LosesCommit = _losses.Contains(step);
                turn.SetResult();
            }
            Assert.True(all.IsCompletedSuccessfully, $"{all.Exception}");
        }
    }
}
