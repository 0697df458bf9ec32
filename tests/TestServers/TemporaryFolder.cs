namespace McpFunctions.TestServers;

/// <summary>A new, empty folder that is deleted when it is disposed.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Its full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("mcpfunctions-").FullName;

    /// <summary>Deletes everything in it.</summary>
    public void Clear()
    {
        Dispose();
        Directory.CreateDirectory(Path);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }
    }
}
