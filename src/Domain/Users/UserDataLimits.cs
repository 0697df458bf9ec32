namespace McpFunctions.Domain.Users;

/// <summary>How long the files, inbox and context of a deleted user are kept.</summary>
/// <param name="KeepFor">The time after the deletion; zero for not at all.</param>
public sealed record UserDataLimits(TimeSpan KeepFor);
