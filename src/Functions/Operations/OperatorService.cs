using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;

namespace McpFunctions.Functions.Operations;

/// <summary>Runs the actions of operators on delivery. The audit log has each action before its effect.</summary>
/// <param name="consumers">The consumers.</param>
/// <param name="jobs">Replay jobs.</param>
/// <param name="log">The log of committed events.</param>
/// <param name="deadLetters">The dead letters.</param>
/// <param name="actions">The audit log's actions.</param>
/// <param name="idempotency">Makes each request idempotent.</param>
/// <param name="time">The clock.</param>
public sealed class OperatorService(
    IEnumerable<IEventConsumer> consumers,
    ReplayJobs jobs,
    EventLog log,
    DeadLetters deadLetters,
    IActionLog actions,
    IdempotencyService idempotency,
    TimeProvider time)
{
    /// <summary>The time after which a count answers with what it has.</summary>
    public static readonly TimeSpan MaxCountTime = TimeSpan.FromSeconds(5);

    /// <summary>Whether a consumer exists.</summary>
    /// <param name="name">The consumer's name.</param>
    /// <returns>True if this version of the gateway has it.</returns>
    public static bool IsConsumer(string? name) => name is not null && DeliveryOptions.KnownConsumers.Contains(name);

    /// <summary>Asks for a replay.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event; null for all.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job; or rejected.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<ReplayJob>> ReplayAsync(
        Actor actor, string? consumer, IReadOnlyList<string>? types, string? from, string? to, CancellationToken cancellationToken)
    {
        Outcome<ReplayFilter> filter = ReplayFilter.Read(consumer, types, from, to);
        if (filter.Failure is { } failure)
        {
            return failure;
        }

        (DateTimeOffset oldest, DateTimeOffset newest) = (filter.Value.From, filter.Value.To);
        return await idempotency.RunAsync<ReplayJob>(
            actor,
            async id =>
            {
                await AuditAsync(actor, "events.replay", consumer!, $"{Timestamps.Format(oldest)}/{Timestamps.Format(newest)} {string.Join(',', types ?? [])}".TrimEnd(), cancellationToken);
                return await jobs.AddAsync(id, consumer!, types, oldest, newest, ReplayJobs.Operator, cancellationToken);
            },
            cancellationToken);
    }

    /// <summary>Counts the events that a replay would take. Events of the last seconds may not be in the log yet.</summary>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="types">The types of event; null for all.</param>
    /// <param name="from">The oldest event time.</param>
    /// <param name="to">The newest event time.</param>
    /// <param name="continuationToken">The token of the previous count; null for the first.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The count, of a part if all takes longer than <see cref="MaxCountTime"/>; or rejected.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<EventCount>> CountAsync(
        string? consumer, IReadOnlyList<string>? types, string? from, string? to, string? continuationToken, CancellationToken cancellationToken)
    {
        Outcome<ReplayFilter> filter = ReplayFilter.Read(consumer, types, from, to);
        Outcome<string?> after = new PageRequest(1, continuationToken).After(EventLog.IsCursor);
        if ((filter.Failure ?? after.Failure) is { } failure)
        {
            return failure;
        }

        long started = time.GetTimestamp();
        long count = 0;
        string? cursor = after.Value;
        await using LogReader reader = log.OpenReader();
        do
        {
            LogPage page = await reader.ReadAsync(filter.Value.From, filter.Value.To, cursor, EventLog.PageSize, cancellationToken);
            count += page.Entries.Count(entry => !entry.IsAbortMarker && filter.Value.Types.Contains(entry.Type));
            cursor = page.Cursor;
        }
        while (cursor is not null && time.GetElapsedTime(started) < MaxCountTime);
        return new EventCount(count, cursor is null ? null : ContinuationToken.Of(cursor));
    }

    /// <summary>Pauses a replay. It keeps its place.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="id">The job.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The job; or not found; or conflict, if it has ended.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task<Outcome<ReplayJob>> PauseAsync(Actor actor, string id, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => SetStatusAsync(actor, id, "pause", [ReplayJobs.Running], ReplayJobs.Paused, cancellationToken), cancellationToken);

    /// <summary>Lets a paused replay go on.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<Outcome<ReplayJob>> ResumeAsync(Actor actor, string id, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => SetStatusAsync(actor, id, "resume", [ReplayJobs.Paused], ReplayJobs.Running, cancellationToken), cancellationToken);

    /// <summary>Ends a replay that an operator asked for. One that replaces what Redis lost cannot be cancelled.</summary>
    /// <inheritdoc cref="PauseAsync"/>
    public Task<Outcome<ReplayJob>> CancelAsync(Actor actor, string id, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => SetStatusAsync(actor, id, "cancel", [ReplayJobs.Running, ReplayJobs.Paused], ReplayJobs.Cancelled, cancellationToken), cancellationToken);

    private async Task<Outcome<ReplayJob>> SetStatusAsync(
        Actor actor, string id, string action, string[] from, string to, CancellationToken cancellationToken)
    {
        if (await jobs.FindAsync(id, cancellationToken) is not { } job)
        {
            return new Failure.NotFound();
        }

        if (job.Status == to)
        {
            return job;
        }

        if (job.Status is ReplayJobs.Done or ReplayJobs.Cancelled)
        {
            return new Failure.Conflict($"The replay is already {job.Status}.");
        }

        if (to == ReplayJobs.Cancelled && job.Reason != ReplayJobs.Operator)
        {
            return new Failure.Conflict("This replay brings events that Redis lost, so events would be lost with it. Pause it if it disturbs, and resume it later.");
        }

        await AuditAsync(actor, $"events.replay.{action}", job.Consumer, job.Id, cancellationToken);
        return await jobs.TrySetStatusAsync(job, from, to, cancellationToken)
            ? (await jobs.FindAsync(id, cancellationToken))!
            : new Failure.Conflict("The replay is busy. Send the request again.");
    }

    /// <summary>Retries one dead letter.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The outcome; or not found; or conflict, if it is not an event.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached.</exception>
    public Task<Outcome<RetryResponse>> RetryAsync(Actor actor, string consumer, string id, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => RetryOneAsync(actor, consumer, id, cancellationToken), cancellationToken);

    private async Task<Outcome<RetryResponse>> RetryOneAsync(Actor actor, string consumer, string id, CancellationToken cancellationToken)
    {
        if (!IsConsumer(consumer) || await deadLetters.FindAsync(consumer, id, cancellationToken) is not { } letter)
        {
            return new Failure.NotFound();
        }

        if (letter.Event is null)
        {
            return new Failure.Conflict("This dead letter is not an event, so no consumer can handle it. Discard it. If it comes from a damaged row in storage, repair the row and replay the events of its time.");
        }

        await AuditAsync(actor, "dead-letters.retry", consumer, letter.Event.Id, cancellationToken);
        bool isDelivered = await deadLetters.RetryAsync(Consumer(consumer), letter, null, cancellationToken);
        return new RetryResponse(1, isDelivered ? 1 : 0, isDelivered ? 0 : 1);
    }

    /// <summary>Retries an edited copy of a dead letter. The operator and the changed fields are audited, and kept with the dead letter if it fails again.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="edited">The event as it should be.</param>
    /// <param name="reason">Why it is changed.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The outcome; or not found, rejected.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached.</exception>
    public Task<Outcome<RetryResponse>> EditAsync(
        Actor actor, string consumer, string id, JsonElement? edited, string? reason, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => EditOneAsync(actor, consumer, id, edited, reason, cancellationToken), cancellationToken);

    private async Task<Outcome<RetryResponse>> EditOneAsync(
        Actor actor, string consumer, string id, JsonElement? edited, string? reason, CancellationToken cancellationToken)
    {
        if (!IsConsumer(consumer) || await deadLetters.FindAsync(consumer, id, cancellationToken) is not { } letter)
        {
            return new Failure.NotFound();
        }

        DomainEvent? domainEvent = null;
        if (new FieldErrors()
            .Check<EditRequest>(nameof(EditRequest.Event), edited)
            .Check("event", () => ReadEdited(consumer, letter, edited!.Value, out domainEvent))
            .Check<EditRequest>(nameof(EditRequest.Reason), reason)
            .Failure is { } failure)
        {
            return failure;
        }

        byte[] before = letter.Event is null ? [] : EventParser.Write(letter.Event);
        var edit = new DeadLetterEdit(actor.UserId, reason!, FieldChange.Between(before, EventParser.Write(domainEvent!)));
        await actions.WriteAsync(
            actor,
            "dead-letters.edit",
            letter.Id,
            new JsonObject
            {
                ["consumer"] = consumer,
                ["target"] = letter.Id,
                ["reason"] = reason,
                ["changes"] = JsonSerializer.SerializeToNode(edit.Changes, OperationJsonContext.Api.IReadOnlyListFieldChange),
            },
            cancellationToken);
        bool isDelivered = await deadLetters.RetryAsync(Consumer(consumer), letter with { Event = domainEvent, Type = domainEvent!.Type, Raw = null }, edit, cancellationToken);
        return new RetryResponse(1, isDelivered ? 1 : 0, isDelivered ? 0 : 1);
    }

    private static string? ReadEdited(string consumer, DeadLetter letter, JsonElement edited, out DomainEvent? domainEvent)
    {
        if (!EventParser.TryRead(edited.GetRawText(), out DomainEvent read, out string problem))
        {
            domainEvent = null;
            return $"Send an event: {problem}.";
        }

        domainEvent = read;
        return !Subscriptions.Takes(consumer, read.Type) ? $"Send a type that the consumer takes: {string.Join(", ", Subscriptions.TypesOf(consumer))}."
            : DeadLetters.IsConflictOf(letter, read.Id) ? "Send a new id: this one belongs to another event."
            : letter.Event is { } before && before.Id != read.Id && !DeadLetters.IsConflictOf(letter, before.Id) ? "Keep the id of the event."
            : null;
    }

    /// <summary>Retries all dead letters of a consumer that are events.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="type">The type of event; null for all.</param>
    /// <param name="cancellationToken">Cancels the operation. The rest stays.</param>
    /// <returns>The outcomes; or rejected.</returns>
    /// <exception cref="DependencyUnavailableException">Storage, or the consumer's store, cannot be reached.</exception>
    public Task<Outcome<RetryResponse>> RetryAllAsync(Actor actor, string? consumer, string? type, CancellationToken cancellationToken) =>
        idempotency.RunAsync(actor, _ => RetryMatchingAsync(actor, consumer, type, cancellationToken), cancellationToken);

    private async Task<Outcome<RetryResponse>> RetryMatchingAsync(Actor actor, string? consumer, string? type, CancellationToken cancellationToken)
    {
        if (new FieldErrors()
            .Check<RetryRequest>(nameof(RetryRequest.Consumer), consumer)
            .Check<RetryRequest>(nameof(RetryRequest.Type), type)
            .Failure is { } failure)
        {
            return failure;
        }

        await AuditAsync(actor, "dead-letters.retry", consumer!, type ?? "all", cancellationToken);
        var response = new RetryResponse(0, 0, 0);
        string? token = null;
        do
        {
            Domain.Page<DeadLetter> page = (await deadLetters.ListAsync(consumer, type, new PageRequest(PageRequest.MaxLimit, token), cancellationToken)).Value;
            foreach (DeadLetter letter in page.Items.Where(letter => letter.Event is not null))
            {
                bool isDelivered = await deadLetters.RetryAsync(Consumer(consumer!), letter, null, cancellationToken);
                response = new RetryResponse(response.Matched + 1, response.Delivered + (isDelivered ? 1 : 0), response.Failed + (isDelivered ? 0 : 1));
            }

            token = page.ContinuationToken;
        }
        while (token is not null);
        return response;
    }

    /// <summary>Discards a dead letter.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="consumer">The consumer's name.</param>
    /// <param name="id">The dead letter.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The discarded dead letter; or not found.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Outcome<DeadLetter>> DiscardAsync(Actor actor, string consumer, string id, CancellationToken cancellationToken)
    {
        if (!IsConsumer(consumer) || await deadLetters.FindAsync(consumer, id, cancellationToken) is not { } letter)
        {
            return new Failure.NotFound();
        }

        await AuditAsync(actor, "dead-letters.discard", consumer, letter.Event?.Id ?? letter.Id, cancellationToken);
        await deadLetters.DiscardAsync(letter, cancellationToken);
        return letter;
    }

    private IEventConsumer Consumer(string name) => consumers.Single(consumer => consumer.Name == name);

    private Task AuditAsync(Actor actor, string action, string consumer, string target, CancellationToken cancellationToken) =>
        actions.WriteAsync(actor, action, target, new JsonObject { ["consumer"] = consumer, ["target"] = target }, cancellationToken);
}
