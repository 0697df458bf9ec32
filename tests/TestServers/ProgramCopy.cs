using System.Security.Cryptography;

namespace McpFunctions.TestServers;

/// <summary>
/// A copy of a program's output folder, for the processes that tests start. The test process deletes it when it ends. Where
/// <c>local/ready-to-run</c> has compiled an assembly to machine code, the copy has that image, so that the processes start faster.
/// </summary>
public static class ProgramCopy
{
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
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (relative != "local.settings.json")
            {
                var copy = Path.Combine(target, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(ImageOf(file), copy);
            }
        }
    }

    private static string ImageOf(string file)
    {
        if (!Directory.Exists(s_images) || Path.GetExtension(file) != ".dll")
        {
            return file;
        }
        var image = Path.Combine(s_images, $"{Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}.dll");
        // Empty: it cannot be compiled.
        return new FileInfo(image) is { Exists: true, Length: > 0 } ? image : file;
    }
}
