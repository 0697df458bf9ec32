using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Domain.Quotas;

namespace McpFunctions.Domain.Commands;

/// <summary>Records MCP commands. Each change commits together with its event.</summary>
/// <param name="state">Reads commands.</param>
/// <param name="idempotency">Writes commands with their events and makes requests idempotent.</param>
/// <param name="quotas">The most running commands of a user.</param>
/// <param name="time">The clock.</param>
public sealed class CommandService(IStateStore state, IdempotencyService idempotency, QuotaLimits quotas, TimeProvider time)
{
    private static readonly Failure Contended = new Failure.Conflict("Another request is changing your commands. Retry.");

    private readonly Turnstile turnstile = new(time);

    /// <summary>The longest name in characters.</summary>
    public const int MaxNameLength = 128;

    /// <summary>The longest error in characters.</summary>
    public const int MaxErrorLength = 4_096;

    /// <summary>The longest session id in characters.</summary>
    public const int MaxSessionIdLength = 128;

    /// <summary>The prefix of the row keys of commands.</summary>
    public const string RowPrefix = "command:";

    /// <summary>Starts a command.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="name">The command's name.</param>
    /// <param name="input">The command's input, any JSON.</param>
    /// <param name="sessionId">The session that it belongs to.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The command; or rejected, quota exceeded, conflict, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<CommandRecord>> StartAsync(
        Actor actor, string? name, JsonElement? input, string? sessionId, CancellationToken cancellationToken)
    {
        var errors = new FieldErrors()
            .Check<StartCommandRequest>(nameof(StartCommandRequest.Name), name)
            .Check<StartCommandRequest>(nameof(StartCommandRequest.SessionId), sessionId)
            .Check<StartCommandRequest>(nameof(StartCommandRequest.Input), input);
        if (errors.Failure is { } failure)
        {
            return failure;
        }

        DateTimeOffset now = Timestamps.ToMilliseconds(time.GetUtcNow());
        var command = new CommandRecord
        {
            Id = Guid.CreateVersion7(now).ToString(),
            Name = name!,
            Input = input,
            SessionId = sessionId,
            Status = CommandStatus.Started,
            StartedBy = actor.UserId,
            StartedAt = now,
        };
        DomainEvent started = DomainEvent.Create(
            new CommandStarted(command.Id, command.Name, sessionId, actor.UserId), now, actor.UserId, actor.CorrelationId);
        using IDisposable turn = await turnstile.EnterAsync(actor.UserId, cancellationToken);
        return await ConflictRetry.RunAsync<CommandRecord>(Contended, async () =>
        {
            if (await idempotency.FindAsync<CommandRecord>(actor, cancellationToken) is { } repeated)
            {
                return repeated;
            }

            Stored<UsageRow>? usage = await state.FindUsageAsync(actor.UserId, Usage.Commands, row => row.Count >= quotas.RunningCommands, cancellationToken);
            UsageRow before = usage?.Value ?? Usage.None;
            if (before.Count >= quotas.RunningCommands)
            {
                return new Failure.QuotaExceeded($"You have {before.Count} running commands; at most {quotas.RunningCommands} are allowed. Complete or fail the commands that have ended.");
            }

            return await idempotency.CommitAsync(
                actor,
                new Transaction(StateKeys.User(actor.UserId)).Insert(RowPrefix + command.Id, command).SetUsage(Usage.Commands, usage, before.Plus(1, 0)).Publish(started),
                command,
                cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Records that a command has succeeded.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="id">The command.</param>
    /// <param name="output">The command's output, any JSON.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The command; or not found, rejected, conflict if it has ended already, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<CommandRecord>> CompleteAsync(Actor actor, string id, JsonElement? output, CancellationToken cancellationToken) =>
        new FieldErrors().Check<CompleteCommandRequest>(nameof(CompleteCommandRequest.Output), output).Failure is { } failure
            ? failure
            : await EndAsync(actor, id, CommandStatus.Completed, output, null, cancellationToken);

    /// <summary>Records that a command has failed.</summary>
    /// <param name="actor">The owner.</param>
    /// <param name="id">The command.</param>
    /// <param name="error">The error message.</param>
    /// <param name="cancellationToken">Cancels the operation before the commit.</param>
    /// <returns>The command; or not found, rejected, conflict if it has ended already, unavailable.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<CommandRecord>> FailAsync(Actor actor, string id, string? error, CancellationToken cancellationToken) =>
        new FieldErrors().Check<FailCommandRequest>(nameof(FailCommandRequest.Error), error).Failure is { } failure
            ? failure
            : await EndAsync(actor, id, CommandStatus.Failed, null, error, cancellationToken);

    /// <summary>Reads a command.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="id">The command.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The command; or not found.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<CommandRecord>> FindAsync(string userId, string id, CancellationToken cancellationToken) =>
        await state.FindByIdAsync<CommandRecord>(userId, RowPrefix, id, cancellationToken) is { } stored ? stored.Value : new Failure.NotFound();

    /// <summary>Lists a user's commands in the order in which they started.</summary>
    /// <param name="userId">The owner.</param>
    /// <param name="page">The requested page.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The page; or rejected, if the continuation token is invalid.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<Page<CommandRecord>>> ListAsync(string userId, PageRequest page, CancellationToken cancellationToken) =>
        state.PageAsync<CommandRecord, CommandRecord>(StateKeys.User(userId), RowPrefix, page, row => row, _ => true, cancellationToken);

    private async Task<Outcome<CommandRecord>> EndAsync(
        Actor actor, string id, string status, JsonElement? output, string? error, CancellationToken cancellationToken)
    {
        return await ConflictRetry.RunAsync<CommandRecord>(Contended, async () =>
        {
            if (await state.FindByIdAsync<CommandRecord>(actor.UserId, RowPrefix, id, cancellationToken) is not { } stored)
            {
                return new Failure.NotFound();
            }

            CommandRecord command = stored.Value;
            if (await idempotency.FindAsync<CommandRecord>(actor, cancellationToken) is { } repeated)
            {
                return repeated;
            }

            if (command.Status != CommandStatus.Started)
            {
                return new Failure.Conflict($"The command is already {command.Status}.");
            }

            DateTimeOffset now = Timestamps.After(command.StartedAt, time);
            long duration = (long)(now - command.StartedAt).TotalMilliseconds;
            CommandRecord ended = command with { Status = status, EndedAt = now, DurationMs = duration, Output = output, Error = error };
            DomainEvent domainEvent = status == CommandStatus.Completed
                ? DomainEvent.Create(new CommandCompleted(command.Id, command.Name, command.SessionId, command.StartedBy, duration, output), now, actor.UserId, actor.CorrelationId)
                : DomainEvent.Create(new CommandFailed(command.Id, command.Name, command.SessionId, command.StartedBy, duration, error!), now, actor.UserId, actor.CorrelationId);
            Stored<UsageRow>? usage = await state.FindUsageAsync(actor.UserId, Usage.Commands, cancellationToken);
            return await idempotency.CommitAsync(
                actor, new Transaction(StateKeys.User(actor.UserId)).Replace(stored.Key, ended, stored.ETag).SubtractOne(usage).Publish(domainEvent), ended, cancellationToken);
        }, cancellationToken);
    }
}
