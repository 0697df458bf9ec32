using System.Globalization;

namespace McpFunctions.Domain.Files;

/// <summary>The keys of files in storage.</summary>
public static class FileKeys
{
    /// <summary>The prefix of the row keys of files.</summary>
    public const string RowPrefix = "file:";

    /// <summary>The row key of a file.</summary>
    /// <param name="fileId">The file.</param>
    public static string Row(string fileId) => RowPrefix + fileId;

    /// <summary>The prefix of the row keys of a file's history.</summary>
    /// <param name="fileId">The file.</param>
    /// <returns>The prefix.</returns>
    public static string HistoryPrefix(string fileId) => $"hist:{fileId}:";

    /// <summary>The row key of one version in a file's history; inverted, so that the newest sorts first.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="version">The version.</param>
    public static string History(string fileId, long version) =>
        HistoryPrefix(fileId) + (long.MaxValue - version).ToString("D19", CultureInfo.InvariantCulture);

    /// <summary>
    /// A new name for content. Its last part is new each time: two writers of the same version must not overwrite each
    /// other's content, and content that a crash left behind must not keep the version from being written again.
    /// </summary>
    /// <param name="userId">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <param name="version">The version.</param>
    /// <returns><c>{userId}/{fileId}/{version}-{unique}</c>.</returns>
    public static string NewContent(string userId, string fileId, long version) =>
        $"{userId}/{fileId}/{version.ToString(CultureInfo.InvariantCulture)}-{Guid.CreateVersion7():N}";

    /// <summary>Reads the owner and the file from a content's name.</summary>
    /// <param name="content">The name.</param>
    /// <param name="userId">The owner.</param>
    /// <param name="fileId">The file.</param>
    /// <returns>False where the name is not of that form.</returns>
    public static bool TryReadContent(string content, out string userId, out string fileId)
    {
        string[] parts = content.Split('/');
        (userId, fileId) = parts.Length == 3 ? (parts[0], parts[1]) : ("", "");
        return parts.Length == 3;
    }
}
