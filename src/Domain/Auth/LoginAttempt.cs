namespace McpFunctions.Domain.Auth;

/// <summary>An attempt to sign in that <see cref="LoginGuard"/> has counted.</summary>
/// <param name="Id">Identifies the attempt.</param>
/// <param name="Name">The name in its normal form.</param>
/// <param name="Address">The client's address; null if unknown.</param>
public sealed record LoginAttempt(string Id, string Name, string? Address);
