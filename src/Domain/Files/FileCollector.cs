using McpFunctions.Domain.Delivery;

namespace McpFunctions.Domain.Files;

/// <summary>Deletes content that no file names: of old versions, of deleted files, of uploads that never committed.</summary>
/// <param name="state">Reads files.</param>
/// <param name="contents">Keeps their bytes.</param>
/// <param name="time">The clock.</param>
public sealed class FileCollector(IStateStore state, IFileContent contents, TimeProvider time)
{
    /// <summary>
    /// How old content must be: far older than any upload that may yet commit and any download that may yet read it,
    /// whatever the clocks of two instances.
    /// </summary>
    public static readonly TimeSpan MinAge = TimeSpan.FromHours(4);

    /// <summary>Goes through all content once.</summary>
    /// <param name="cancellationToken">Cancels the operation. The next run continues.</param>
    /// <returns>The number of deletions.</returns>
    /// <exception cref="DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<int> CollectAsync(CancellationToken cancellationToken)
    {
        int deleted = 0;
        await foreach (string name in contents.ListAsync(time.GetUtcNow() - MinAge, cancellationToken))
        {
            if (FileKeys.TryReadContent(name, out string userId, out string fileId)
                && (await state.FindAsync<FileRow>(StateKeys.User(userId), FileKeys.Row(fileId), cancellationToken))?.Value.Content != name)
            {
                await contents.DeleteAsync(name, cancellationToken);
                deleted++;
            }
        }

        return deleted;
    }
}
