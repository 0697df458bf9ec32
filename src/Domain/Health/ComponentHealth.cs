namespace McpFunctions.Domain.Health;

/// <summary>The checks of one component in this process. Changes of its health wait here until storage has them.</summary>
/// <param name="limits">The limits for changes.</param>
internal sealed class ComponentHealth(HealthLimits limits)
{
    // While storage is down, keep only the newest 20 changes.
    private const int MaxChanges = 20;

    private readonly List<HealthChange> changes = [];
    private string? streak;
    private int streakLength;
    private HealthChange? current;

    // The time of the last change. The first result of a new process is not a change, unless storage has another one.
    private DateTimeOffset? changedAt;

    /// <summary>The changes that storage does not have yet, oldest first.</summary>
    public IReadOnlyList<HealthChange> Changes => changes;

    /// <summary>Adds the result of a check.</summary>
    public void Add(HealthCheckResult result, DateTimeOffset now)
    {
        if (result.Status == HealthStatus.Unknown)
        {
            return;
        }

        streakLength = result.Status == streak ? streakLength + 1 : 1;
        streak = result.Status;
        if (streakLength >= limits.Samples && current?.Status != streak && !(now < changedAt + limits.Dwell))
        {
            changedAt = current is null ? changedAt : now;
            current = new HealthChange(streak, now, result.Detail);
            changes.Add(current);
            if (changes.Count > MaxChanges)
            {
                changes.RemoveRange(0, 2);
            }
        }
    }

    /// <summary>Removes the first change after its publication.</summary>
    public void Published()
    {
        changedAt ??= changes[0].At;
        changes.RemoveAt(0);
    }

    /// <summary>Removes the first change because storage has that state already.</summary>
    public void Drop() => changes.RemoveAt(0);

    /// <summary>Continues from a change that another process has published.</summary>
    public void Adopt(HealthRow row)
    {
        current = new HealthChange(row.Status, row.Since, null);
        changedAt = row.Since;
        changes.Clear();
    }
}
