using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;

namespace McpFunctions.Domain.Files;

/// <summary>The files of a deleted user, with their content. Each is deleted with its event, as the user would have done it.</summary>
/// <param name="state">Reads files.</param>
/// <param name="files">Deletes them.</param>
/// <param name="contents">Keeps their bytes.</param>
public sealed class UserFiles(IStateStore state, FileService files, IFileContent contents) : IUserData
{
    /// <inheritdoc/>
    public async Task<bool> RemoveAsync(string userId, string correlationId, CancellationToken cancellationToken)
    {
        var actor = new Actor(userId, correlationId);
        await foreach (Stored<FileRow> row in state.ListAsync<FileRow>(StateKeys.User(userId), FileKeys.RowPrefix, null, cancellationToken))
        {
            Outcome<FileRecord> deleted = await files.DeleteAsync(actor, row.Value.File.Id, null, cancellationToken);
            if (deleted.Failure is not (null or Failure.NotFound))
            {
                return false;
            }

            // The collector finds the rest after a crash.
            await contents.DeleteAsync(row.Value.Content, cancellationToken);
        }

        return true;
    }
}
