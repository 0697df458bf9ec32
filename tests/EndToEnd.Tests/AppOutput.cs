using System.Reflection;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>The build output of the function app and of the host that runs it.</summary>
public static class AppOutput
{
    private static readonly TemporaryFolder s_copy = new();
    private static readonly TemporaryFolder s_home = new();
    private static readonly Lazy<string> s_folder = new(Copy);

    /// <summary>
    /// A copy of the app's output without <c>local.settings.json</c>: a developer's own settings, and the keys that a host
    /// keeps beside them, must not reach the tests.
    /// </summary>
    public static string Folder => s_folder.Value;

    /// <summary>The home folder of the gateways. It starts empty, as on a new machine, so a test sees every file that they write there.</summary>
    public static string Home => s_home.Path;

    /// <summary>The host's assembly.</summary>
    public static string HostAssembly { get; } = Metadata("HostAssembly");

    private static string Metadata(string key) => typeof(AppOutput).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;

    private static string Copy()
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            s_copy.Dispose();
            s_home.Dispose();
        };
        var source = Metadata("AppFolder");
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var relative = Path.GetRelativePath(source, file);
            if (relative != "local.settings.json")
            {
                var target = Path.Combine(s_copy.Path, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
        }
        return s_copy.Path;
    }
}
