using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Commands;

/// <summary>The running commands of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveCommands(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ActiveEntity> ListAsync(string userId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Stored<CommandRecord> row in state.ListAsync<CommandRecord>(StateKeys.User(userId), CommandService.RowPrefix, null, cancellationToken))
        {
            CommandRecord command = row.Value;
            if (command.Status == CommandStatus.Started)
            {
                yield return ActiveEntity.Of(command.Id, 0, command.StartedAt, new CommandStarted(command.Id, command.Name, command.SessionId, command.StartedBy));
            }
        }
    }
}
