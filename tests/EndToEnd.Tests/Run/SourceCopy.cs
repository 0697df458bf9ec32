using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>A copy of the repository's sources, for tests that build them with a change.</summary>
/// <param name="folder">The root of the copy.</param>
internal sealed class SourceCopy(string folder)
{
    private static readonly string[] s_notSource = ["bin", "obj", "node_modules"];

    /// <summary>Copies the files of the root, except for a developer's own settings, and the sources of the app with what builds it.</summary>
    public void AddApp()
    {
        foreach (var file in Directory.EnumerateFiles(Repository.Root).Where(file => Path.GetFileName(file) != "local.settings.json"))
        {
            CopyFile(file);
        }
        Add("src");
        Add("local");
        Directory.CreateSymbolicLink(PathOf("local", "azurite", "node_modules"), Repository.PathOf("local", "azurite", "node_modules"));
    }

    /// <summary>Copies a folder without what a build or npm has put there.</summary>
    /// <param name="path">The path in the repository.</param>
    public void Add(string path) => CopyFolder(Repository.PathOf(path.Split('/')));

    /// <summary>Copies the outputs of unchanged projects, and the reference assemblies that others are compiled against.</summary>
    /// <param name="projects">Their paths in the repository.</param>
    public void AddOutputOf(params IEnumerable<string> projects)
    {
        foreach (var project in projects)
        {
            foreach (var built in new[] { $"bin/{SourceTree.Configuration}/net10.0", $"obj/{SourceTree.Configuration}/net10.0/ref" })
            {
                var source = Repository.PathOf([.. project.Split('/'), .. built.Split('/')]);
                if (Directory.Exists(source))
                {
                    CopyFolder(source);
                }
            }
        }
    }

    /// <summary>Copies app and host as the tests start them, for <c>./run --no-build</c>.</summary>
    public void AddPrograms()
    {
        foreach (var project in new[] { "src/Functions", "local/FunctionsHost" })
        {
            var output = Path.Combine([.. project.Split('/'), "bin", SourceTree.Configuration, "net10.0"]);
            ProgramCopy.Make(Repository.PathOf(output), PathOf(output));
        }
        var built = Path.Combine("src", "Functions", "obj", SourceTree.Configuration, "net10.0");
        Directory.CreateDirectory(PathOf(built));
        File.Copy(Repository.PathOf(built, "redis-extension"), PathOf(built, "redis-extension"));
    }

    /// <summary>The path in the copy.</summary>
    public string PathOf(params string[] parts) => Path.Combine([folder, .. parts]);

    private void CopyFolder(string source)
    {
        foreach (var file in Directory.EnumerateFiles(source))
        {
            CopyFile(file);
        }
        foreach (var below in Directory.EnumerateDirectories(source).Where(below => !s_notSource.Contains(Path.GetFileName(below))))
        {
            CopyFolder(below);
        }
    }

    private void CopyFile(string file)
    {
        var target = PathOf(Path.GetRelativePath(Repository.Root, file));
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target);
    }
}
