using System.Text.Json.Nodes;

namespace McpFunctions.Domain.Identity;

/// <summary>Lets administrators read what is another user's, and writes that into the audit log before they see it.</summary>
/// <param name="actions">The audit log's actions.</param>
public sealed class OtherUsers(IActionLog actions)
{
    // Stands for everybody in the audit log.
    private const string Everybody = "*";

    /// <summary>Whose things are asked for: one's own, or those of the user whom an administrator names.</summary>
    /// <param name="principal">Who asks.</param>
    /// <param name="userId">The user who is named; null for none.</param>
    /// <returns>The user; or forbidden.</returns>
    public static Outcome<string> Resolve(Principal principal, string? userId) =>
        userId is null || userId == principal.UserId ? principal.UserId
            : !principal.IsAdmin ? new Failure.Forbidden("Only an administrator may name another user.")
            : principal.KeyId is not null && !Scopes.Allow(principal.Scopes, Scopes.UsersRead)
                ? new Failure.Forbidden($"The API key lacks the scope '{Scopes.UsersRead}', which you need to name another user.")
            : userId;

    /// <summary>Writes into the audit log that somebody reads data of another user. Reading your own data is not logged.</summary>
    /// <param name="actor">Who reads.</param>
    /// <param name="userId">Whose things they are; null for everybody's.</param>
    /// <param name="action">One of <see cref="AdministratorActions"/>.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>When it is in the log: answer then, and not before.</returns>
    /// <exception cref="Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public Task RecordAsync(Actor actor, string? userId, string action, CancellationToken cancellationToken) =>
        userId == actor.UserId ? Task.CompletedTask : actions.WriteAsync(
            actor, action, userId ?? Everybody, new JsonObject { ["userId"] = userId ?? Everybody }, cancellationToken);
}
