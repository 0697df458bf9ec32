using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Runtime;

/// <summary>The build's choice between the official worker packages and the stand-ins, in a copy of the build files with feeds of its own.</summary>
public sealed class FunctionsRuntimeTests : IDisposable
{
    private static readonly string[] OfficialPackages =
    [
        "Microsoft.Azure.Functions.Worker",
        "Microsoft.Azure.Functions.Worker.Sdk",
        "Microsoft.Azure.Functions.Worker.Extensions.Http",
        "Microsoft.Azure.Functions.Worker.Extensions.Redis",
        "Microsoft.Azure.Functions.Worker.Extensions.Timer",
    ];

    private readonly TemporaryFolder folder = new();
    private readonly string feed;

    public FunctionsRuntimeTests()
    {
        foreach (string file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Solution.targets", "Directory.Packages.props" })
        {
            File.Copy(Repository.PathOf(file), Path.Combine(folder.Path, file));
        }

        foreach (string file in new[] { "FunctionsRuntime.props", "FunctionsRuntime.targets", "Probe/Probe.csproj" })
        {
            Write($"local/FunctionsRuntime/{file}", File.ReadAllText(Repository.PathOf("local", "FunctionsRuntime", file)));
        }

        Write("src/App/App.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        feed = Path.Combine(folder.Path, "feed");
        Directory.CreateDirectory(feed);
    }

    [Fact]
    public async Task Where_the_official_packages_do_not_restore_the_local_runtime_is_chosen_and_remembered()
    {
        (int exitCode, string first) = await DotnetAsync("restore", "src/App/App.csproj");

        Assert.True(exitCode == 0, first);
        Assert.Contains("FunctionsRuntime: local", first, StringComparison.Ordinal);
        Assert.Equal("local", await ChosenAsync());
        Assert.Contains("<FunctionsRuntime>local</FunctionsRuntime>", Remembered(), StringComparison.Ordinal);
        (_, string second) = await DotnetAsync("restore", "src/App/App.csproj", "--force");
        Assert.DoesNotContain("FunctionsRuntime", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_official_packages_restore_they_are_chosen()
    {
        PackOfficial();

        (int exitCode, string output) = await DotnetAsync("restore", "src/App/App.csproj");

        Assert.True(exitCode == 0, output);
        Assert.Contains("FunctionsRuntime: official", output, StringComparison.Ordinal);
        Assert.Equal("official", await ChosenAsync());
    }

    [Fact]
    public async Task One_missing_package_is_enough_for_the_local_runtime()
    {
        PackOfficial();
        File.Delete(Directory.GetFiles(feed, "*Redis*").Single());

        await DotnetAsync("restore", "src/App/App.csproj");

        Assert.Contains("<FunctionsRuntime>local</FunctionsRuntime>", Remembered(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_set_is_obeyed_and_nothing_is_tried()
    {
        (_, string output) = await DotnetAsync("restore", "src/App/App.csproj", "-p:FunctionsRuntime=official");

        Assert.DoesNotContain("trying", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "local/FunctionsRuntime/chosen.props")));
    }

    [Fact]
    public async Task What_is_set_to_neither_is_refused()
    {
        (int exitCode, string output) = await DotnetAsync("restore", "src/App/App.csproj", "-p:FunctionsRuntime=offical");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("FunctionsRuntime is 'offical'. Set it to 'official'", output, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private string Remembered() => File.ReadAllText(Path.Combine(folder.Path, "local/FunctionsRuntime/chosen.props"));

    private void Write(string name, string text)
    {
        string path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    // Packages of these names and versions with nothing in them: enough to restore.
    private void PackOfficial()
    {
        var versions = System.Xml.Linq.XDocument.Load(Path.Combine(folder.Path, "Directory.Packages.props")).Descendants("PackageVersion")
            .ToDictionary(package => package.Attribute("Include")!.Value, package => package.Attribute("Version")!.Value);
        foreach (string name in OfficialPackages)
        {
            using var archive = System.IO.Compression.ZipFile.Open(
                Path.Combine(feed, $"{name}.{versions[name]}.nupkg"), System.IO.Compression.ZipArchiveMode.Create);
            using var nuspec = new StreamWriter(archive.CreateEntry($"{name}.nuspec").Open());
            nuspec.Write($"""<package><metadata><id>{name}</id><version>{versions[name]}</version><authors>test</authors><description>empty</description></metadata></package>""");
        }
    }

    private async Task<string> ChosenAsync() =>
        (await DotnetAsync("msbuild", "src/App/App.csproj", "-getProperty:FunctionsRuntime")).Output.Trim();

    private async Task<(int ExitCode, string Output)> DotnetAsync(params string[] arguments)
    {
        Dictionary<string, string?> environment = new()
        {
            ["RestoreSources"] = feed,
            // Nothing of this may end in the packages that other builds use.
            ["NUGET_PACKAGES"] = Path.Combine(folder.Path, "packages"),
            ["FunctionsRuntime"] = null,
            ["MSBUILDDISABLENODEREUSE"] = "1",
        };
        await using ChildProcess process = await ChildProcess.StartAsync("dotnet", arguments, environment: environment, workingDirectory: folder.Path);
        int exitCode = await process.WaitForExitAsync(TimeSpan.FromMinutes(3));
        return (exitCode, string.Join('\n', process.Output));
    }
}
