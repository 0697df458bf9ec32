using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Runtime;

/// <summary>The build chooses the package of the Redis extension or the attributes in local/. The tests use a copy of the build files and their own feed.</summary>
public sealed class RedisExtensionTests : IDisposable
{
    private const string PackageId = "Microsoft.Azure.Functions.Worker.Extensions.Redis";

    private readonly TemporaryFolder folder = new();
    private readonly string feed;

    public RedisExtensionTests()
    {
        foreach (string file in new[] { "Directory.Build.props", "Directory.Build.targets", "Directory.Solution.targets", "Directory.Packages.props" })
        {
            File.Copy(Repository.PathOf(file), Path.Combine(folder.Path, file));
        }

        foreach (string file in new[] { "RedisExtension.props", "RedisExtension.targets", "RedisProbe.csproj", "FunctionApp.targets" })
        {
            Write($"local/build/{file}", File.ReadAllText(Repository.PathOf("local", "build", file)));
        }

        Write("src/App/App.csproj", """<Project Sdk="Microsoft.NET.Sdk" />""");
        feed = Path.Combine(folder.Path, "feed");
        Directory.CreateDirectory(feed);
    }

    [Fact]
    public async Task Where_the_package_does_not_restore_the_local_attributes_are_chosen_and_remembered()
    {
        (int exitCode, string first) = await DotnetAsync("restore", "src/App/App.csproj");

        Assert.True(exitCode == 0, first);
        Assert.Contains("RedisExtension: local", first, StringComparison.Ordinal);
        Assert.Equal("local", await ChosenAsync());
        Assert.Contains("<RedisExtension>local</RedisExtension>", Remembered(), StringComparison.Ordinal);
        (_, string second) = await DotnetAsync("restore", "src/App/App.csproj", "--force");
        Assert.DoesNotContain("RedisExtension", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_package_restores_it_is_chosen()
    {
        PackExtension();

        (int exitCode, string output) = await DotnetAsync("restore", "src/App/App.csproj");

        Assert.True(exitCode == 0, output);
        Assert.Contains("RedisExtension: package", output, StringComparison.Ordinal);
        Assert.Equal("package", await ChosenAsync());
    }

    [Fact]
    public async Task A_set_value_is_obeyed_without_a_restore()
    {
        (_, string output) = await DotnetAsync("restore", "src/App/App.csproj", "-p:RedisExtension=package");

        Assert.DoesNotContain("trying", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder.Path, "local/build/chosen.props")));
    }

    [Fact]
    public async Task Any_other_value_is_refused()
    {
        (int exitCode, string output) = await DotnetAsync("restore", "src/App/App.csproj", "-p:RedisExtension=packge");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("RedisExtension is 'packge'. Set it to 'package'", output, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    private string Remembered() => File.ReadAllText(Path.Combine(folder.Path, "local/build/chosen.props"));

    private void Write(string name, string text)
    {
        string path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }

    // An empty package with this name and version is enough for a restore.
    private void PackExtension()
    {
        string version = System.Xml.Linq.XDocument.Load(Path.Combine(folder.Path, "Directory.Packages.props")).Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == PackageId).Attribute("Version")!.Value;
        using var archive = System.IO.Compression.ZipFile.Open(
            Path.Combine(feed, $"{PackageId}.{version}.nupkg"), System.IO.Compression.ZipArchiveMode.Create);
        using var nuspec = new StreamWriter(archive.CreateEntry($"{PackageId}.nuspec").Open());
        nuspec.Write($"""<package><metadata><id>{PackageId}</id><version>{version}</version><authors>test</authors><description>empty</description></metadata></package>""");
    }

    private async Task<string> ChosenAsync() =>
        (await DotnetAsync("msbuild", "src/App/App.csproj", "-getProperty:RedisExtension")).Output.Trim();

    private async Task<(int ExitCode, string Output)> DotnetAsync(params string[] arguments)
    {
        Dictionary<string, string?> environment = new()
        {
            ["RestoreSources"] = feed,
            // Keeps the empty package out of the folder that other builds use.
            ["NUGET_PACKAGES"] = Path.Combine(folder.Path, "packages"),
            ["RedisExtension"] = null,
            ["MSBUILDDISABLENODEREUSE"] = "1",
        };
        await using ChildProcess process = await ChildProcess.StartAsync("dotnet", arguments, environment: environment, workingDirectory: folder.Path);
        int exitCode = await process.WaitForExitAsync(Eventually.BuildDeadline);
        return (exitCode, string.Join('\n', process.Output));
    }
}
