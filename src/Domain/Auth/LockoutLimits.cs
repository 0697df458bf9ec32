namespace McpFunctions.Domain.Auth;

/// <summary>How many logins may fail, and how many there may be.</summary>
/// <param name="FailuresPerName">After so many in <see cref="Window"/>, the name is locked for as long.</param>
/// <param name="FailuresPerAddress">The same for an address, behind which there may be many users.</param>
/// <param name="LoginsPerName">How many logins of a name are checked in <see cref="Window"/>, those that succeed included.</param>
/// <param name="LoginsPerAddress">The same for an address.</param>
public sealed record LockoutLimits(int FailuresPerName, int FailuresPerAddress, int LoginsPerName, int LoginsPerAddress)
{
    /// <summary>The time in which failures count together, and for which a lock holds.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(15);
}
