namespace McpFunctions.Domain.Users;

/// <summary>A user whom <see cref="UserCleanup"/> removes.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">The user's name.</param>
/// <param name="DeletedBy">The administrator who deleted the user.</param>
/// <param name="CorrelationId">The request's correlation id; it goes into the events of the clean-up.</param>
/// <param name="RequestedAt">When the administrator asked for it.</param>
public sealed record UserDeletion(string UserId, string Username, string DeletedBy, string CorrelationId, DateTimeOffset RequestedAt)
{
    /// <summary>When everything of the user was removed; null before. Events that arrive later may bring some of it back, which is removed again.</summary>
    public DateTimeOffset? RemovedAt { get; init; }
}
