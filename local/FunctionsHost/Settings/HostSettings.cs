using System.Collections;
using System.Globalization;
using McpFunctions.Local.FunctionsHost.CommandLine;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>All settings of a host.</summary>
internal sealed record HostSettings(
    StartOptions Options,
    string AppFolder,
    WorkerConfig Worker,
    LocalSettings Local,
    AppSettings App,
    HostJson HostJson
)
{
    private const int DefaultPort = 7071;
    private const long DefaultMaxRequestBodySize = 104_857_600; // the real host's

    public int Port => Options.Port ?? Local.Host.LocalHttpPort ?? DefaultPort;

    /// <summary>The largest request body in bytes, from the same setting as in the real host.</summary>
    public long MaxRequestBodySize { get; } =
        long.TryParse(App["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
            ? size
            : DefaultMaxRequestBodySize;

    /// <exception cref="StartupException">One of the app's files is missing or wrong.</exception>
    public static HostSettings Read(StartOptions options, string appFolder, IDictionary environment)
    {
        var local = LocalSettings.Read(appFolder);
        var app = new AppSettings(local, environment);
        return new HostSettings(options, appFolder, WorkerConfig.Read(appFolder), local, app, HostJson.Read(appFolder, app));
    }
}
