using System.Reflection;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>The build output of the function app and of the host that runs it.</summary>
public static class AppOutput
{
    private static readonly TemporaryFolder s_home = NewHome();
    private static readonly Lazy<string> s_folder = new(() => ProgramCopy.Of(Metadata("AppFolder")));
    private static readonly Lazy<string> s_hostFolder = new(() => ProgramCopy.Of(Path.GetDirectoryName(Metadata("HostAssembly"))!));

    /// <summary>
    /// A copy of the app's output without <c>local.settings.json</c>: a developer's own settings, and the keys that a host
    /// keeps beside them, must not reach the tests.
    /// </summary>
    public static string Folder => s_folder.Value;

    /// <summary>The home folder of the gateways. It starts empty, as on a new machine, so a test sees every file that they write there.</summary>
    public static string Home => s_home.Path;

    /// <summary>The host's assembly, in a copy of its output.</summary>
    public static string HostAssembly => Path.Combine(s_hostFolder.Value, Path.GetFileName(Metadata("HostAssembly")));

    /// <summary>The program of ./bench.</summary>
    public static string BenchAssembly => Metadata("BenchAssembly");

    /// <summary>The folder of Playwright's package, with its driver.</summary>
    public static string PlaywrightFolder => Metadata("PlaywrightFolder");

    private static string Metadata(string key) => typeof(AppOutput).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(attribute => attribute.Key == key).Value!;

    private static TemporaryFolder NewHome()
    {
        var home = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => home.Dispose();
        return home;
    }
}
