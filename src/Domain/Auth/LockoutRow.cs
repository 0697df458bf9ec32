namespace McpFunctions.Domain.Auth;

/// <summary>The failed and pending logins of a name or an address.</summary>
/// <param name="Failures">The number of failures since <paramref name="Since"/>.</param>
/// <param name="Since">The time of the first of them.</param>
/// <param name="LockedUntil">The end of the lock, until which every login is refused without a check; null if not locked.</param>
/// <param name="Pending">Attempts whose password is being checked. They count as failures meanwhile.</param>
public sealed record LockoutRow(int Failures, DateTimeOffset Since, DateTimeOffset? LockedUntil, IReadOnlyList<PendingLogin> Pending)
{
    /// <summary>The number of logins since <see cref="CountedSince"/>, successful or not.</summary>
    public int Logins { get; init; }

    /// <summary>The time of the first of <see cref="Logins"/>.</summary>
    public DateTimeOffset CountedSince { get; init; } = Since;

    /// <summary>An attempt without an outcome after this time counts as a failure, since its process has died.</summary>
    public static readonly TimeSpan PendingTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The row of a name or address without logins.</summary>
    /// <param name="now">The time.</param>
    public static LockoutRow New(DateTimeOffset now) => new(0, now, null, []);

    /// <summary>Whether every login is refused without a check.</summary>
    /// <param name="now">The time.</param>
    public bool IsLocked(DateTimeOffset now) => LockedUntil > now;

    /// <summary>Whether the row has expired and can be deleted.</summary>
    /// <param name="now">The time.</param>
    public bool IsExpired(DateTimeOffset now) => At(now, int.MaxValue) is { Failures: 0, Logins: 0, LockedUntil: null, Pending.Count: 0 };

    /// <summary>The row at a given time: without expired failures and locks, and with timed-out attempts as failures.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">The failures that lock.</param>
    public LockoutRow At(DateTimeOffset now, int limit)
    {
        bool isOver = LockedUntil is { } until ? until <= now : Since + LockoutLimits.Window <= now;
        LockoutRow row = isOver ? this with { Failures = 0, Since = now, LockedUntil = null } : this;
        row = row.CountedSince + LockoutLimits.Window <= now ? row with { Logins = 0, CountedSince = now } : row;
        foreach (PendingLogin late in Pending.Where(pending => pending.At + PendingTimeout <= now))
        {
            // The attempt failed at its time at the latest. A failure of an earlier window no longer counts.
            row = row.Without(late.Id);
            row = late.At + LockoutLimits.Window <= now ? row : row.Fail(now, limit);
        }

        return row;
    }

    /// <summary>Counts a failure, and locks if there are too many.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">The failures that lock.</param>
    public LockoutRow Fail(DateTimeOffset now, int limit)
    {
        LockoutRow failed = this with { Failures = Failures + 1, Since = Failures == 0 ? now : Since };
        return failed.Failures >= limit && failed.LockedUntil is null ? failed with { LockedUntil = now + LockoutLimits.Window } : failed;
    }

    /// <summary>Takes an attempt back.</summary>
    /// <param name="id">The attempt.</param>
    public LockoutRow Without(string id) => this with { Pending = [.. Pending.Where(pending => pending.Id != id)] };
}
