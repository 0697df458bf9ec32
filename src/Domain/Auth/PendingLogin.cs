namespace McpFunctions.Domain.Auth;

/// <summary>A counted login attempt whose password is being checked.</summary>
/// <param name="Id">Identifies the attempt.</param>
/// <param name="At">The time at which it was counted.</param>
public sealed record PendingLogin(string Id, DateTimeOffset At);
