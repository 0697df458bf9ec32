namespace McpFunctions.Domain.Health;

/// <summary>What this process has seen of one component: looks become changes of its state, which wait here until storage has them.</summary>
/// <param name="limits">When a state counts as changed.</param>
internal sealed class ComponentHealth(HealthLimits limits)
{
    // An outage of storage in which a component comes and goes for hours is told of by its last changes.
    private const int MaxChanges = 20;

    private readonly List<HealthChange> changes = [];
    private string? streak;
    private int streakLength;
    private HealthChange? current;

    // When the state last changed. What a new process sees first is no change, unless storage knows of another state.
    private DateTimeOffset? changedAt;

    /// <summary>The changes that storage does not have yet, oldest first.</summary>
    public IReadOnlyList<HealthChange> Changes => changes;

    /// <summary>Adds a look.</summary>
    public void Add(HealthVerdict verdict, DateTimeOffset now)
    {
        if (verdict.Status == HealthStatus.Unknown)
        {
            return;
        }

        streakLength = verdict.Status == streak ? streakLength + 1 : 1;
        streak = verdict.Status;
        if (streakLength >= limits.Samples && current?.Status != streak && !(now < changedAt + limits.Dwell))
        {
            changedAt = current is null ? changedAt : now;
            current = new HealthChange(streak, now, verdict.Detail);
            changes.Add(current);
            if (changes.Count > MaxChanges)
            {
                changes.RemoveRange(0, 2);
            }
        }
    }

    /// <summary>The first change is published.</summary>
    public void Published()
    {
        changedAt ??= changes[0].At;
        changes.RemoveAt(0);
    }

    /// <summary>The first change is none: storage has that state already.</summary>
    public void Drop() => changes.RemoveAt(0);

    /// <summary>Another process has told of a change of which this one knew nothing: what is seen here counts from there.</summary>
    public void Adopt(HealthRow row)
    {
        current = new HealthChange(row.Status, row.Since, null);
        changedAt = row.Since;
        changes.Clear();
    }
}
