namespace McpFunctions.Domain.Sessions;

/// <summary>The limits of sessions.</summary>
/// <param name="IdleTimeout">The time after which an unused session ends.</param>
/// <param name="Lifetime">The time after which every session ends.</param>
/// <param name="MaxPerUser">The most sessions of a user. A further login ends the session that was unused for the longest time.</param>
public sealed record SessionLimits(TimeSpan IdleTimeout, TimeSpan Lifetime, int MaxPerUser)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The time between writes of a session's last use: at most one a minute, and enough for a short idle timeout.</summary>
    public TimeSpan TouchInterval => IdleTimeout / 4 < Minute ? IdleTimeout / 4 : Minute;
}
