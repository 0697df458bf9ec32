using System.Runtime.CompilerServices;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>The files of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveFiles(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public async IAsyncEnumerable<ActiveEntity> ListAsync(string userId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (Stored<FileRow> row in state.ListAsync<FileRow>(StateKeys.User(userId), FileKeys.RowPrefix, null, cancellationToken))
        {
            FileRecord file = row.Value.File;
            yield return ActiveEntity.Of(file.Id, file.Version, file.UpdatedAt, new FileUpdated(
                file.Id, file.Filename, file.Size, file.ContentType, file.Sha256, file.Version, file.UploadedBy));
        }
    }
}
