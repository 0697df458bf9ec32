using System.Text.RegularExpressions;
using McpFunctions.EndToEnd.Tests.Run;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>A copy of the repository, changed as docs/extending.md says, and built.</summary>
public sealed partial class ExtendedApp : IAsyncLifetime
{
    private static readonly string[] s_unchanged = ["local/FunctionsHost", "local/FunctionsProtocol", "local/RedisExtension", "tests/Functions.Tests"];

    private readonly TemporaryFolder _folder = new();
    private readonly Lazy<string> _program;

    public ExtendedApp() => _program = new(() => ProgramCopy.Of(Output));

    /// <summary>The root of the copy.</summary>
    public string Root => _folder.Path;

    /// <summary>The app's build output.</summary>
    public string Output => PathOf("src", "Functions", "bin", SourceTree.Configuration, "net10.0");

    /// <summary>The app as gateways of tests start it.</summary>
    public string Program => _program.Value;

    /// <summary>A path in the copy.</summary>
    public string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "extending.md"));
        var copy = new SourceCopy(Root);
        copy.AddApp();
        copy.AddOutputOf(s_unchanged);
        foreach (Match file in NewFile().Matches(page))
        {
            var path = PathOf(file.Groups["path"].Value);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Groups["text"].Value);
        }
        var patch = PathOf("page.patch");
        await File.WriteAllTextAsync(patch, string.Concat(Change().Matches(page).Select(change => change.Groups["text"].Value)));
        await RunAsync("git", "apply", patch);
        await BuildAsync("src/Domain", "src/Functions");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs a command in the copy, which must succeed.</summary>
    /// <returns>Its output.</returns>
    public async Task<string> RunAsync(string command, params string[] arguments)
    {
        await using var process = await ChildProcess.StartAsync(command, arguments, workingDirectory: Root);
        var exitCode = await process.WaitForExitAsync(Eventually.BuildDeadline);
        var output = string.Join('\n', process.Output);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    // The outputs of other projects are copied. One compiler server for both builds, which ends with their process group.
    private Task<string> BuildAsync(params string[] projects)
    {
        var server = $"mcpfunctions-{Guid.NewGuid():N}";
        return RunAsync("bash", "-ec", "unset DOTNET_TC_CallCountThreshold DOTNET_TieredPGO\n" + string.Join('\n', projects.Select(project =>
            $"dotnet build {project} --configuration {SourceTree.Configuration} --nologo -v quiet -tl:off -nodeReuse:false "
            + $"-p:BuildProjectReferences=false -p:UseSharedCompilation=true -p:SharedCompilationId={server}")));
    }

    [GeneratedRegex(@"^`(?<path>src/[^`]+)`:\n\n```csharp\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex NewFile();

    [GeneratedRegex(@"^```diff\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Change();
}
