namespace McpFunctions.Domain.Auth;

/// <summary>An attempt to sign in that was counted before its password is checked.</summary>
/// <param name="Id">Identifies the attempt.</param>
/// <param name="At">When it was counted.</param>
public sealed record PendingLogin(string Id, DateTimeOffset At);
