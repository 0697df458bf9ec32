namespace McpFunctions.TestServers;

/// <summary>A backup of a folder. A server may write to the files during the copy.</summary>
public sealed class FolderCopy
{
    private readonly Dictionary<string, byte[]> files = [];

    /// <summary>Copies a folder. Of a growing file it copies the part that is already written.</summary>
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

    /// <summary>Replaces the content of a folder with the copy.</summary>
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
