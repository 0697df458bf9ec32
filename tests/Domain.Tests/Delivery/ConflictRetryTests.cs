using McpFunctions.Domain.Commands;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;
using McpFunctions.Domain.Tests.Auth;
using McpFunctions.Domain.Workflows;

namespace McpFunctions.Domain.Tests.Delivery;

public sealed class ConflictRetryTests
{
    private static readonly Actor s_actor = new("00000000-0000-7000-8000-000000000001", "test");

    private readonly StateInMemory _state = new();
    private readonly IdempotencyService _idempotency;

    public ConflictRetryTests() => _idempotency = new IdempotencyService(_state, _state, new LoginHarness(), TimeProvider.System);

    [Fact]
    public async Task A_step_is_tried_until_it_has_an_outcome_and_a_bounded_number_of_times()
    {
        int tries = 0;
        Task<Outcome<string>?> Step(int needed) => Task.FromResult<Outcome<string>?>(++tries == needed ? "done" : default(Outcome<string>?));

        Assert.Equal("done", (await ConflictRetry.RunAsync(new Failure.Conflict("busy"), () => Step(4), CancellationToken.None)).Value);
        Assert.Equal(4, tries);

        tries = 0;
        var busy = await ConflictRetry.RunAsync(new Failure.Conflict("busy"), () => Step(int.MaxValue), CancellationToken.None);
        Assert.Equal("busy", Assert.IsType<Failure.Conflict>(busy.Failure).Detail);
        Assert.Equal(ConflictRetry.MaxTries, tries);
    }

    [Fact]
    public async Task A_client_that_goes_away_ends_the_tries()
    {
        using var gone = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => ConflictRetry.TryAsync(
            int.MaxValue,
            async () =>
            {
                await gone.CancelAsync();
                return false;
            },
            gone.Token));
    }

    [Fact]
    public async Task What_ends_while_others_never_stop_writing_is_a_conflict_and_does_not_go_on_for_ever()
    {
        var commands = new CommandService(_state, _idempotency, QuotaLimits.Default, TimeProvider.System);
        var workflows = new WorkflowService(_state, _idempotency, QuotaLimits.Default, TimeProvider.System);
        var command = (await commands.StartAsync(s_actor, "command", null, null, CancellationToken.None)).Value;
        var workflow = (await workflows.TriggerAsync(s_actor, "workflow", null, CancellationToken.None)).Value;
        WriteBeforeEachCommit(Usage.Commands, Usage.Workflows);

        var failed = await commands.FailAsync(s_actor, command.Id, "error", CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(5));
        var completed = await workflows.CompleteAsync(s_actor, workflow.Id, WorkflowStatus.Failed, null, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(5));

        Assert.IsType<Failure.Conflict>(failed.Failure);
        Assert.IsType<Failure.Conflict>(completed.Failure);
        Assert.Equal(CommandStatus.Started, (await commands.FindAsync(s_actor.UserId, command.Id, CancellationToken.None)).Value.Status);
    }

    // Another request is always a little faster.
    private void WriteBeforeEachCommit(params string[] keys)
    {
        bool isOther = false;
        _state.BeforeCommit = async _ =>
        {
            if (isOther)
            {
                return;
            }

            isOther = true;
            foreach (string key in keys)
            {
                var usage = (await _state.FindUsageAsync(s_actor.UserId, key, CancellationToken.None))!;
                await _state.TryWriteAsync(new Transaction(StateKeys.User(s_actor.UserId)).Replace(key, usage.Value, usage.ETag), CancellationToken.None);
            }

            isOther = false;
        };
    }
}
