using System.Security.Cryptography;

namespace McpFunctions.TestServers;

/// <summary>
/// A copy of a program's output folder, for the processes that tests start. The test process deletes it when it ends. Where
/// <c>local/ready-to-run</c> has compiled an assembly to machine code, the copy has that image, so that the processes start faster.
/// </summary>
public static class ProgramCopy
{
    private const string TogetherName = "packages.r2r.dll";

    private static readonly string s_images = Repository.PathOf(".data", "ready-to-run", $"{Environment.Version}");

    /// <summary>Copies an output folder, except for <c>local.settings.json</c>.</summary>
    /// <param name="source">The output folder.</param>
    /// <returns>The folder of the copy.</returns>
    public static string Of(string source)
    {
        var copy = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => copy.Dispose();
        Make(source, copy.Path);
        return copy.Path;
    }

    /// <summary>Copies an output folder, except for <c>local.settings.json</c>, into a folder that the caller deletes.</summary>
    /// <param name="source">The output folder.</param>
    /// <param name="target">The folder of the copy.</param>
    public static void Make(string source, string target)
    {
        var packages = PackagesOf(source);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (relative != "local.settings.json")
            {
                var copy = Path.Combine(target, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                var together = packages is null ? null : Path.Combine(packages, relative);
                File.Copy(File.Exists(together) ? together : ImageOf(file), copy);
            }
        }
        if (packages is not null)
        {
            File.Copy(Path.Combine(packages, TogetherName), Path.Combine(target, TogetherName));
        }
    }

    // The images of packages that were compiled together refer to each other, so they fit only where every one of these packages is.
    private static string? PackagesOf(string source) => Directory.Exists(s_images)
        ? Directory.EnumerateDirectories(s_images, "packages-*")
            .Select(folder => (Folder: folder, List: Path.Combine(folder, "assemblies")))
            .Where(packages => File.Exists(packages.List))
            .Select(packages => (packages.Folder, Lines: File.ReadAllLines(packages.List)))
            .OrderByDescending(packages => packages.Lines.Length)
            .FirstOrDefault(packages => packages.Lines.All(line => line.Split(' ') is [var hash, var name] && HashOf(Path.Combine(source, name)) == hash))
            .Folder
        : null;

    private static string ImageOf(string file)
    {
        if (!Directory.Exists(s_images) || Path.GetExtension(file) != ".dll")
        {
            return file;
        }
        var image = Path.Combine(s_images, $"{HashOf(file)}.dll");
        // Empty: it cannot be compiled.
        return new FileInfo(image) is { Exists: true, Length: > 0 } ? image : file;
    }

    private static string? HashOf(string file) => File.Exists(file) ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))) : null;
}
