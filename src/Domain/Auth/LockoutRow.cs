namespace McpFunctions.Domain.Auth;

/// <summary>The logins of a name or of an address, as far as they failed or are being checked.</summary>
/// <param name="Failures">How many failed since <paramref name="Since"/>.</param>
/// <param name="Since">When the first of them failed.</param>
/// <param name="LockedUntil">Until when every further login is refused unseen; null where it is not.</param>
/// <param name="Pending">Attempts that were counted and whose password is being checked. They take up places among the failures.</param>
public sealed record LockoutRow(int Failures, DateTimeOffset Since, DateTimeOffset? LockedUntil, IReadOnlyList<PendingLogin> Pending)
{
    /// <summary>How many logins were checked since <see cref="CountedSince"/>, those that succeeded included.</summary>
    public int Logins { get; init; }

    /// <summary>When the first of <see cref="Logins"/> was checked.</summary>
    public DateTimeOffset CountedSince { get; init; } = Since;

    /// <summary>An attempt without an outcome after this time counts as a failure: its process has died.</summary>
    public static readonly TimeSpan PendingTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The row of a name or address without logins.</summary>
    /// <param name="now">The time.</param>
    /// <returns>The row.</returns>
    public static LockoutRow New(DateTimeOffset now) => new(0, now, null, []);

    /// <summary>Whether every login is refused unseen.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether it is.</returns>
    public bool IsLocked(DateTimeOffset now) => LockedUntil > now;

    /// <summary>Whether nothing in the row counts any more, so that it can be deleted.</summary>
    /// <param name="now">The time.</param>
    /// <returns>Whether it has expired.</returns>
    public bool IsExpired(DateTimeOffset now) => At(now, int.MaxValue) is { Failures: 0, Logins: 0, LockedUntil: null, Pending.Count: 0 };

    /// <summary>The row as it counts at a time: without failures and locks that are over, and with attempts that timed out as failures.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">How many failures lock.</param>
    /// <returns>The row.</returns>
    public LockoutRow At(DateTimeOffset now, int limit)
    {
        bool isOver = LockedUntil is { } until ? until <= now : Since + LockoutLimits.Window <= now;
        LockoutRow row = isOver ? this with { Failures = 0, Since = now, LockedUntil = null } : this;
        row = row.CountedSince + LockoutLimits.Window <= now ? row with { Logins = 0, CountedSince = now } : row;
        foreach (PendingLogin late in Pending.Where(pending => pending.At + PendingTimeout <= now))
        {
            // It failed at its time at the latest; one of a window before counts no more.
            row = row.Without(late.Id);
            row = late.At + LockoutLimits.Window <= now ? row : row.Fail(now, limit);
        }

        return row;
    }

    /// <summary>Counts a failure, and locks where there are too many.</summary>
    /// <param name="now">The time.</param>
    /// <param name="limit">How many failures lock.</param>
    /// <returns>The row.</returns>
    public LockoutRow Fail(DateTimeOffset now, int limit)
    {
        LockoutRow failed = this with { Failures = Failures + 1, Since = Failures == 0 ? now : Since };
        return failed.Failures >= limit && failed.LockedUntil is null ? failed with { LockedUntil = now + LockoutLimits.Window } : failed;
    }

    /// <summary>Takes an attempt back.</summary>
    /// <param name="id">The attempt.</param>
    /// <returns>The row.</returns>
    public LockoutRow Without(string id) => this with { Pending = [.. Pending.Where(pending => pending.Id != id)] };
}
