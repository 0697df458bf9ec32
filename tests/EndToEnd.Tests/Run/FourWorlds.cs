using System.IO.Compression;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>
/// The two builds of the gateway: the repository, and a copy with the other RedisExtension. Where the official package does not restore,
/// the copy has its own package folder and a feed with a package of the same name, made from local/RedisExtension.
/// The copy builds only src/Functions: the other projects are the same in both, and their outputs are copied.
/// </summary>
public sealed class FourWorlds : IAsyncLifetime
{
    private const string PackageId = "Microsoft.Azure.Functions.Worker.Extensions.Redis";
    private static readonly string[] s_sameInBoth = ["src/Domain", "local/FunctionsHost", "local/FunctionsProtocol", "local/RedisExtension"];

    private readonly TemporaryFolder folder = new();
    private readonly TemporaryFolder tools = ToolFolder.Without("func");
    private readonly TemporaryFolder func = new();
    private RedisServer? redis;
    private AzuriteServer? azurite;
    private ChildProcess? firstStart;

    /// <summary>The repository.</summary>
    internal SourceTree Original { get; private set; } = null!;

    /// <summary>The copy.</summary>
    internal SourceTree Copy { get; private set; } = null!;

    internal SourceTree Package => Original.RedisExtension == "package" ? Original : Copy;

    internal SourceTree Local => Original.RedisExtension == "package" ? Copy : Original;

    /// <summary>The <c>./run</c> that has built the copy. It runs until the end.</summary>
    internal ChildProcess FirstStart => firstStart!;

    internal string DataOfFirstStart => Path.Combine(folder.Path, "data");

    internal int FirstPort { get; } = FreePort.Next();

    /// <summary>The Redis port in the settings of the copy; only ./run starts a server there.</summary>
    internal int RedisPortOfSettings { get; } = FreePort.Next();

    /// <summary>A PATH without func.</summary>
    internal string ToolsWithoutFunc => tools.Path;

    /// <summary>A PATH with a fake func, which logs its calls and responds like a healthy app.</summary>
    internal string ToolsWithFunc => $"{func.Path}{Path.PathSeparator}{tools.Path}";

    /// <summary>The folder and the arguments of each <c>func start</c> so far, and the host id in its settings.</summary>
    internal IReadOnlyList<string> FuncStarts => [.. ReadLines(Path.Combine(func.Path, "calls")).Where(call => call.Contains(" start", StringComparison.Ordinal))];

    public async ValueTask InitializeAsync()
    {
        await Prerequisites.EnsureAsync();
        redis = await RedisServer.StartAsync();
        azurite = await AzuriteServer.StartAsync();
        Original = new SourceTree(Repository.Root, new Dictionary<string, string?>
        {
            ["RedisExtension"] = null,
            ["RedisConnection"] = redis.ConnectionString,
            ["AzureWebJobsStorage"] = azurite.WithNewAccount().ConnectionString,
        });
        CopySources();
        WriteSettings(azurite.WithNewAccount().ConnectionString);
        WriteFunc();
        Copy = PrepareCopy();

        firstStart = await Copy.RunAsync(FirstPort, DataOfFirstStart, ToolsWithoutFunc);
        await firstStart.WaitForLineAsync("McpFunctions listens on", Eventually.BuildDeadline);
        Copy.RedisOfRun = $"127.0.0.1:{RedisPortOfSettings},abortConnect=false";
    }

    public async ValueTask DisposeAsync()
    {
        if (firstStart is not null)
        {
            firstStart.Send(ProcessSignal.Interrupt);
            await firstStart.WaitForExitAsync();
            await firstStart.DisposeAsync();
        }
        if (azurite is not null)
        {
            await azurite.DisposeAsync();
        }
        if (redis is not null)
        {
            await redis.DisposeAsync();
        }
        folder.Dispose();
        tools.Dispose();
        func.Dispose();
    }

    private string InCopy(params string[] parts) => Path.Combine([folder.Path, "copy", .. parts]);

    private void CopySources()
    {
        var copy = new SourceCopy(InCopy());
        copy.AddApp();
        copy.Add("deploy");
        copy.AddOutputOf(s_sameInBoth);
        File.Delete(InCopy("local", "build", "chosen.props"));
    }

    // The sample's settings with the test's own servers, and with a password that needs quotes.
    private void WriteSettings(string storage)
    {
        var settings = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(File.ReadAllText(InCopy("local.settings.sample.json")))!;
        var values = settings["Values"].Deserialize<Dictionary<string, string>>()!;
        values["RedisConnection"] = $"localhost:{RedisPortOfSettings},abortConnect=false";
        values["AzureWebJobsStorage"] = storage;
        values["Auth__AdminUsername"] = "ada";
        values["Auth__AdminPassword"] = "it's \"mine\", since 12:00";
        File.WriteAllText(InCopy("local.settings.json"), $"// of a test\n{JsonSerializer.Serialize(new { IsEncrypted = false, Values = values })}");
    }

    // The fake func runs no app: the first start shows that the app works when it is built with the package.
    private void WriteFunc()
    {
        var script = Path.Combine(func.Path, "func");
        File.WriteAllText(script, $$"""
            #!/usr/bin/env bash
            echo "$PWD $*${AzureFunctionsWebHost__hostid:+ as $AzureFunctionsWebHost__hostid}" >>"{{func.Path}}/calls"
            case "$*" in
            --version) echo 4.0.0-of-a-test ;;
            *--help*) echo "func of a test" ;;
            "start --port "*) exec node -e "require('http').createServer((_, response) => response.end()).listen($3, '127.0.0.1')" ;;
            *) exit 1 ;;
            esac

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private SourceTree PrepareCopy()
    {
        var feed = Directory.CreateDirectory(Path.Combine(folder.Path, "feed")).FullName;
        var makesPackage = Original.RedisExtension == "local";
        if (makesPackage)
        {
            WritePackage(feed);
        }
        return new SourceTree(InCopy(), new Dictionary<string, string?>
        {
            ["NUGET_PACKAGES"] = LinkPackages(),
            ["RestoreAdditionalProjectSources"] = feed,
            // The repository's own build runs the analyzers.
            ["RunAnalyzers"] = "false",
            ["BuildProjectReferences"] = "false",
            // The build finds the package by itself.
            ["RedisExtension"] = makesPackage ? null : "local",
            ["RedisConnection"] = null,
            // The same storage as in the settings, so that ./run starts none.
            ["AzureWebJobsStorage"] = JsonDocument.Parse(
                File.ReadAllText(InCopy("local.settings.json")), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip })
                .RootElement.GetProperty("Values").GetProperty("AzureWebJobsStorage").GetString(),
        });
    }

    // Assembly and package have the official name.
    private static void WritePackage(string feed)
    {
        using var package = ZipFile.Open(Path.Combine(feed, $"{PackageId}.1.0.0.nupkg"), ZipArchiveMode.Create);
        package.CreateEntryFromFile(
            Repository.PathOf("local", "RedisExtension", "bin", SourceTree.Configuration, "net10.0", $"{PackageId}.dll"), $"lib/net10.0/{PackageId}.dll");
        using var specification = new StreamWriter(package.CreateEntry($"{PackageId}.nuspec").Open());
        specification.Write($"""
            <package xmlns="http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd">
              <metadata>
                <id>{PackageId}</id>
                <version>1.0.0</version>
                <authors>a test</authors>
                <description>Made of local/RedisExtension</description>
              </metadata>
            </package>
            """);
    }

    // Links to the existing packages, except to that of the feed. In a fallback folder, targets of the worker extensions do not find each other.
    private string LinkPackages()
    {
        var packages = Directory.CreateDirectory(Path.Combine(folder.Path, "packages")).FullName;
        var everybodys = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        foreach (var package in Directory.EnumerateDirectories(everybodys).Where(
            package => !Path.GetFileName(package).Equals(PackageId, StringComparison.OrdinalIgnoreCase)))
        {
            Directory.CreateSymbolicLink(Path.Combine(packages, Path.GetFileName(package)), package);
        }
        return packages;
    }

    private static string[] ReadLines(string file) => File.Exists(file) ? File.ReadAllLines(file) : [];
}
