namespace McpFunctions.Domain.Sessions;

/// <summary>How long sessions live.</summary>
/// <param name="IdleTimeout">How long without being used.</param>
/// <param name="Lifetime">How long at all.</param>
public sealed record SessionLimits(TimeSpan IdleTimeout, TimeSpan Lifetime)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>How often it is written that a session is in use: at most once a minute, and often enough for a short idle timeout.</summary>
    public TimeSpan TouchInterval => IdleTimeout / 4 < Minute ? IdleTimeout / 4 : Minute;
}
