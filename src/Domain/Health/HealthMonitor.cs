using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Health;

/// <summary>
/// Publishes changes of components' health, each once: the row of the component is replaced as it was read, in one
/// transaction with the event, so that of several processes that see the same change one tells of it.
/// </summary>
/// <param name="checks">Looks at the components.</param>
/// <param name="state">Reads what was last published.</param>
/// <param name="publisher">Writes it with the event.</param>
/// <param name="limits">When a state counts as changed.</param>
/// <param name="time">The clock.</param>
public sealed class HealthMonitor(HealthChecks checks, IStateStore state, IEventPublisher publisher, HealthLimits limits, TimeProvider time) : IDisposable
{
    // An event that comes so much later than what it tells of says when that was.
    private static readonly TimeSpan Late = TimeSpan.FromSeconds(30);

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly Dictionary<string, ComponentHealth> components = [];

    /// <summary>Whether changes wait for storage.</summary>
    public bool HasUnpublished { get; private set; }

    /// <summary>Looks at all components and publishes what has changed; what storage cannot take now is kept for the next time.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>What there was to see.</returns>
    public async Task<IReadOnlyList<HealthSample>> CheckAsync(CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            IReadOnlyList<HealthSample> samples = await checks.LookAsync();
            foreach (HealthSample sample in samples)
            {
                if (!components.TryGetValue(sample.Component, out ComponentHealth? component))
                {
                    components[sample.Component] = component = new ComponentHealth(limits);
                }

                component.Add(sample.Verdict, time.GetUtcNow());
            }

            try
            {
                foreach ((string name, ComponentHealth component) in components)
                {
                    while (component.Changes.Count > 0 && await TrySettleAsync(name, component, cancellationToken))
                    {
                    }
                }
            }
            catch (DependencyUnavailableException)
            {
                // Storage is down, which may be the change itself: it is told of when storage is back.
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

    // False where storage could not take it.
    private async Task<bool> TrySettleAsync(string name, ComponentHealth component, CancellationToken cancellationToken)
    {
        HealthChange change = component.Changes[0];
        string key = HealthRow.RowPrefix + name;
        Stored<HealthRow>? stored = await state.FindAsync<HealthRow>(StateKeys.System, key, cancellationToken);
        string previous = stored?.Value.Status ?? HealthStatus.Healthy;
        if (previous == change.Status)
        {
            component.Drop();
            return true;
        }

        if (stored is not null && change.At < stored.Value.Since + limits.Dwell)
        {
            component.Adopt(stored.Value);
            return true;
        }

        DateTimeOffset now = stored is null ? Timestamps.ToMilliseconds(time.GetUtcNow()) : Timestamps.After(stored.Value.PublishedAt, time);
        string? detail = now - change.At < Late ? change.Detail
            : string.Create(CultureInfo.InvariantCulture, $"{change.Detail} Seen at {Timestamps.Format(change.At)}; storage could not take it before.").TrimStart();
        DomainEvent domainEvent = change.Status == HealthStatus.Degraded
            ? DomainEvent.Create(new HealthDegraded(name, previous, change.Status, detail), now, null, null)
            : DomainEvent.Create(new HealthRestored(name, previous, change.Status, detail), now, null, null);
        var row = new HealthRow(name, change.Status, change.At, now);
        var transaction = new Transaction(StateKeys.System);
        PublishOutcome outcome = await publisher.PublishAsync(
            (stored is null ? transaction.Insert(key, row) : transaction.Replace(key, row, stored.ETag)).Publish(domainEvent), cancellationToken);
        if (outcome == PublishOutcome.Committed)
        {
            component.Published();
        }

        // Refused: another process was quicker; the next look at the row says with what.
        return outcome != PublishOutcome.Unavailable;
    }
}
