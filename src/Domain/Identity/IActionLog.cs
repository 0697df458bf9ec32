using System.Text.Json.Nodes;
using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Identity;

/// <summary>The audit log, for features that write the actions of administrators to it.</summary>
public interface IActionLog
{
    /// <summary>Writes an action.</summary>
    /// <param name="actor">The caller.</param>
    /// <param name="action">The action, one of <see cref="AdministratorActions"/> or an operator's.</param>
    /// <param name="resourceId">The affected resource.</param>
    /// <param name="details">Further details, never a secret.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>When it is in the log.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    Task WriteAsync(Actor actor, string action, string resourceId, JsonObject details, CancellationToken cancellationToken);
}
