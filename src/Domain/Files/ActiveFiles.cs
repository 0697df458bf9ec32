using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Events;

namespace McpFunctions.Domain.Files;

/// <summary>The files of a user.</summary>
/// <param name="state">State in storage.</param>
public sealed class ActiveFiles(IStateStore state) : IActiveEntities
{
    /// <inheritdoc/>
    public IAsyncEnumerable<ActiveEntity> ListAsync(string userId, CancellationToken cancellationToken) => state
        .ListAsync<FileRow>(StateKeys.User(userId), FileKeys.RowPrefix, null, cancellationToken)
        .Select(row => row.Value.File)
        .Select(file => ActiveEntity.Of(file.Id, file.Version, file.UpdatedAt, new FileUpdated(
            file.Id, file.Filename, file.Size, file.ContentType, file.Sha256, file.Version, file.UploadedBy)));
}
