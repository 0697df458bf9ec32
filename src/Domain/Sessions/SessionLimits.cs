namespace McpFunctions.Domain.Sessions;

/// <summary>How long sessions live, and how many a user may have.</summary>
/// <param name="IdleTimeout">How long without being used.</param>
/// <param name="Lifetime">How long at all.</param>
/// <param name="MaxPerUser">The most sessions of a user. A further login ends the session that was unused for the longest time.</param>
public sealed record SessionLimits(TimeSpan IdleTimeout, TimeSpan Lifetime, int MaxPerUser)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>How often it is written that a session is in use: at most once a minute, and often enough for a short idle timeout.</summary>
    public TimeSpan TouchInterval => IdleTimeout / 4 < Minute ? IdleTimeout / 4 : Minute;
}
