namespace McpFunctions.Domain.Users;

/// <summary>The time that the data of a deleted user is kept.</summary>
/// <param name="KeepFor">The time after the deletion; zero for not at all.</param>
public sealed record UserDataLimits(TimeSpan KeepFor);
