namespace McpFunctions.Domain.Auth;

/// <summary>The failed logins of a name or of an address.</summary>
/// <param name="Failures">How many there were since <paramref name="Since"/>.</param>
/// <param name="Since">When the first of them was.</param>
/// <param name="LockedUntil">Until when every further login is refused unseen; null where it is not.</param>
public sealed record LockoutRow(int Failures, DateTimeOffset Since, DateTimeOffset? LockedUntil);
