using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Health;

/// <summary>
/// Publishes each change of a component's health once. It replaces the component's row under its ETag in one
/// transaction with the event, so that only one of several processes publishes a change.
/// </summary>
/// <param name="checks">Checks the components.</param>
/// <param name="state">Reads the last published change.</param>
/// <param name="publisher">Writes the row with the event.</param>
/// <param name="limits">The limits for changes.</param>
/// <param name="time">The clock.</param>
public sealed class HealthMonitor(HealthChecks checks, IStateStore state, IEventPublisher publisher, HealthLimits limits, TimeProvider time) : IDisposable
{
    // An event that is later than its change by more than this names the time of the change.
    private static readonly TimeSpan LateThreshold = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<string, ComponentHealth> components = [];

    /// <summary>Whether changes wait for storage.</summary>
    public bool HasUnpublished { get; private set; }

    /// <summary>Checks all components and publishes changes. Keeps changes for the next time while storage is down.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    public async Task<IReadOnlyList<HealthSample>> CheckAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            IReadOnlyList<HealthSample> samples = await checks.CheckAsync();
            foreach (HealthSample sample in samples)
            {
                if (!components.TryGetValue(sample.Component, out ComponentHealth? component))
                {
                    components[sample.Component] = component = new ComponentHealth(limits);
                }

                component.Add(sample.Result, time.GetUtcNow());
            }

            try
            {
                foreach ((string name, ComponentHealth component) in components)
                {
                    // While storage is unavailable, or others keep writing, changes wait for the next check.
                    await ConflictRetry.TryAsync(ConflictRetry.MaxTries, () => TrySettleAsync(name, component, cancellationToken), cancellationToken);
                }
            }
            catch (DependencyUnavailableException)
            {
                // Storage is down, perhaps that is the change itself. Publish when storage is back.
            }

            HasUnpublished = components.Values.Any(component => component.Changes.Count > 0);
            return samples;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    // False if another process was faster, so that its row must be read again.
    private async Task<bool> TrySettleAsync(string name, ComponentHealth component, CancellationToken cancellationToken)
    {
        while (component.Changes.Count > 0)
        {
            HealthChange change = component.Changes[0];
            string key = HealthRow.RowPrefix + name;
            Stored<HealthRow>? stored = await state.FindAsync<HealthRow>(StateKeys.System, key, cancellationToken);
            string previous = stored?.Value.Status ?? HealthStatus.Healthy;
            if (previous == change.Status)
            {
                component.Drop();
                continue;
            }

            if (stored is not null && change.At < stored.Value.Since + limits.Dwell)
            {
                component.Adopt(stored.Value);
                continue;
            }

            DateTimeOffset now = stored is null ? Timestamps.ToMilliseconds(time.GetUtcNow()) : Timestamps.After(stored.Value.PublishedAt, time);
            string? detail = now - change.At < LateThreshold ? change.Detail
                : string.Create(CultureInfo.InvariantCulture, $"{change.Detail} Seen at {Timestamps.Format(change.At)}; storage was down until now.").TrimStart();
            DomainEvent domainEvent = change.Status == HealthStatus.Degraded
                ? DomainEvent.Create(new HealthDegraded(name, previous, change.Status, detail), now, null, null)
                : DomainEvent.Create(new HealthRestored(name, previous, change.Status, detail), now, null, null);
            var row = new HealthRow(name, change.Status, change.At, now);
            var transaction = new Transaction(StateKeys.System);
            PublishOutcome outcome = await publisher.PublishAsync(
                (stored is null ? transaction.Insert(key, row) : transaction.Replace(key, row, stored.ETag)).Publish(domainEvent), cancellationToken);
            if (outcome != PublishOutcome.Committed)
            {
                return outcome == PublishOutcome.Unavailable;
            }

            component.Published();
        }

        return true;
    }
}
