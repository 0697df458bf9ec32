namespace McpFunctions.Domain.Auth;

/// <summary>The limits of logins.</summary>
/// <param name="FailuresPerName">The failures in a <see cref="Window"/> that lock a name for one window.</param>
/// <param name="FailuresPerAddress">The same for an address, which many users may share.</param>
/// <param name="LoginsPerName">The most logins of a name in a <see cref="Window"/>, successful or not.</param>
/// <param name="LoginsPerAddress">The same for an address.</param>
public sealed record LockoutLimits(int FailuresPerName, int FailuresPerAddress, int LoginsPerName, int LoginsPerAddress)
{
    /// <summary>The time in which failures count together, and the duration of a lock.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
}
