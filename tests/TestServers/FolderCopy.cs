namespace McpFunctions.TestServers;

/// <summary>A folder as it was: a backup of files to which a server may be writing at the moment.</summary>
public sealed class FolderCopy
{
    private readonly Dictionary<string, byte[]> files = [];

    /// <summary>Copies a folder. A file that grows meanwhile is copied as far as it had come.</summary>
    public static FolderCopy Of(string folder)
    {
        var copy = new FolderCopy();
        foreach (string path in Directory.GetFiles(folder, "*", SearchOption.AllDirectories))
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var content = new MemoryStream();
            file.CopyTo(content);
            copy.files[Path.GetRelativePath(folder, path)] = content.ToArray();
        }

        return copy;
    }

    /// <summary>Makes a folder what it was.</summary>
    public void RestoreTo(string folder)
    {
        Directory.Delete(folder, recursive: true);
        foreach ((string name, byte[] content) in files)
        {
            string path = Path.Combine(folder, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
    }
}
