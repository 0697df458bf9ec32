namespace McpFunctions.TestServers;

/// <summary>The repository from which the running tests were built.</summary>
public static class Repository
{
    /// <summary>The folder of <c>McpFunctions.sln</c>, found by walking up from the test assembly.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The full path of a file or folder given by its parts below <see cref="Root"/>.</summary>
    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "McpFunctions.sln")))
            {
                return folder.FullName;
            }
        }
        throw new InvalidOperationException($"No McpFunctions.sln in or above {AppContext.BaseDirectory}: run the tests from a clone of the repository.");
    }
}
