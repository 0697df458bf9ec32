using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>The running commands of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveCommands(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public IAsyncEnumerable<ActiveEntity> ListAsync(string userId, CancellationToken cancellationToken) => state
        .ListAsync<CommandRecord>(StateKeys.User(userId), CommandService.RowPrefix, null, cancellationToken)
        .Select(row => row.Value)
        .Where(command => command.Status == CommandStatus.Started)
        .Select(command => ActiveEntity.Of(command.Id, 0, command.StartedAt, new CommandStarted(command.Id, command.Name, command.SessionId, command.StartedBy)));
}
