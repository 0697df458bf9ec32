using System.Text.Json.Nodes;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Idempotency;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;

namespace McpFunctions.Functions.Operations;

/// <summary>Runs the actions of operators on delivery. The audit log has each action before its effect.</summary>
/// <param name="consumers">The consumers.</param>
/// <param name="jobs">Replay jobs.</param>
/// <param name="deadLetters">The dead letters.</param>
/// <param name="actions">The audit log's actions.</param>
/// <param name="idempotency">Makes each request idempotent.</param>
public sealed class OperatorService(
    IEnumerable<IEventConsumer> consumers, ReplayJobs jobs, DeadLetters deadLetters, IActionLog actions, IdempotencyService idempotency)
{
    /// <summary>Whether a consumer exists.</summary>
    /// <param name="name">The consumer's name.</param>
    /// <returns>True if this version of the gateway has it.</returns>
    public static bool IsConsumer(string? name) => name is not null && DeliveryOptions.KnownConsumers.Contains(name);

    /// <summary>The remedy for an unknown consumer name.</summary>
    /// <returns>A text with the known names.</returns>
    public static string ConsumerProblem() => $"Send one of {string.Join(", ", DeliveryOptions.KnownConsumers)}.";

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
        Dictionary<string, string[]> errors = [];
        void Check(bool isValid, string field, string problem)
        {
            if (!isValid)
            {
                errors[field] = [problem];
            }
        }

        Check(IsConsumer(consumer), "consumer", ConsumerProblem());
        // JSON may hold nulls although the type does not allow them.
        Check(
            types is null || (types.Count > 0 && types.Count <= EventTypes.All.Count && types.All(
                type => type is not null && (!IsConsumer(consumer) || Subscriptions.Takes(consumer!, type)))),
            "types",
            $"Send types of event that the consumer takes, or leave it out for all: {string.Join(", ", Subscriptions.TypesOf(consumer ?? ""))}.");
        Check(Timestamps.TryParse(from, out DateTimeOffset oldest), "from", $"Send {Timestamps.Expected}.");
        Check(Timestamps.TryParse(to, out DateTimeOffset newest) && newest >= oldest, "to", "Send a time in RFC 3339 that is not before 'from'.");
        if (errors.Count > 0)
        {
            return new Failure.Rejected(errors);
        }

        return await idempotency.RunAsync<ReplayJob>(
            actor,
            async id =>
            {
                await AuditAsync(actor, "events.replay", consumer!, $"{Timestamps.Format(oldest)}/{Timestamps.Format(newest)} {string.Join(',', types ?? [])}".TrimEnd(), cancellationToken);
                return await jobs.AddAsync(id, consumer!, types, oldest, newest, "operator", cancellationToken);
            },
            cancellationToken);
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
        bool isDelivered = await deadLetters.RetryAsync(Consumer(consumer), letter, cancellationToken);
        return new RetryResponse(1, isDelivered ? 1 : 0, isDelivered ? 0 : 1);
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
        if (!IsConsumer(consumer))
        {
            return new Failure.Rejected("consumer", ConsumerProblem());
        }

        if (type is not null && !EventTypes.All.Contains(type))
        {
            return new Failure.Rejected("type", "Send the type of an event, or leave it out for all types.");
        }

        await AuditAsync(actor, "dead-letters.retry", consumer!, type ?? "all", cancellationToken);
        var answer = new RetryResponse(0, 0, 0);
        string? token = null;
        do
        {
            Domain.Page<DeadLetter> page = (await deadLetters.ListAsync(consumer, type, new PageRequest(PageRequest.MaxLimit, token), cancellationToken)).Value;
            foreach (DeadLetter letter in page.Items.Where(letter => letter.Event is not null))
            {
                bool isDelivered = await deadLetters.RetryAsync(Consumer(consumer!), letter, cancellationToken);
                answer = new RetryResponse(answer.Matched + 1, answer.Delivered + (isDelivered ? 1 : 0), answer.Failed + (isDelivered ? 0 : 1));
            }

            token = page.ContinuationToken;
        }
        while (token is not null);
        return answer;
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
        await deadLetters.DeleteAsync(consumer, letter.Id, cancellationToken);
        return letter;
    }

    private IEventConsumer Consumer(string name) => consumers.Single(consumer => consumer.Name == name);

    private Task AuditAsync(Actor actor, string action, string consumer, string target, CancellationToken cancellationToken) =>
        actions.WriteAsync(actor, action, target, new JsonObject { ["consumer"] = consumer, ["target"] = target }, cancellationToken);
}
