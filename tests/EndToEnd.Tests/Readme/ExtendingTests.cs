using System.Globalization;
using System.Text.RegularExpressions;
using McpFunctions.EndToEnd.Tests.Run;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>Follows docs/extending.md in a copy of the repository.</summary>
public sealed partial class ExtendingTests
{
    private static readonly string[] s_unchanged = ["local/FunctionsHost", "local/FunctionsProtocol", "local/RedisExtension", "tests/Functions.Tests"];

    [Fact]
    public async Task The_steps_of_the_page_make_an_event_type_and_a_consumer_that_passes_the_tests_of_every_consumer()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "extending.md"), TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        var copy = new SourceCopy(folder.Path);
        copy.AddApp();
        copy.AddOutputOf(s_unchanged);

        foreach (Match file in NewFile().Matches(page))
        {
            var path = Path.Combine(folder.Path, file.Groups["path"].Value);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Groups["text"].Value, TestContext.Current.CancellationToken);
        }
        var patch = Path.Combine(folder.Path, "page.patch");
        await File.WriteAllTextAsync(patch, string.Concat(Change().Matches(page).Select(change => change.Groups["text"].Value)), TestContext.Current.CancellationToken);
        await RunAsync(folder.Path, "git", "apply", patch);
        await BuildAsync(folder.Path, "src/Domain", "src/Functions");

        var metadata = await File.ReadAllTextAsync(
            Directory.EnumerateFiles(Path.Combine(folder.Path, "src", "Functions", "bin"), "functions.metadata", SearchOption.AllDirectories).Single(),
            TestContext.Current.CancellationToken);
        Assert.All(["AuditReportCreated", "CountReportCreated", "RecoverStatistics"], function => Assert.Contains($"\"{function}\"", metadata, StringComparison.Ordinal));
        // The page adds no test, so the tests need no build: they run with the changed assemblies.
        var tests = copy.PathOf("tests", "Functions.Tests", "bin", SourceTree.Configuration, "net10.0");
        foreach (var assembly in new[] { "McpFunctions.Domain.dll", "McpFunctions.Functions.dll" })
        {
            File.Copy(copy.PathOf("src", "Functions", "bin", SourceTree.Configuration, "net10.0", assembly), Path.Combine(tests, assembly), overwrite: true);
        }
        var results = await RunAsync(
            folder.Path, "dotnet", Path.Combine(tests, "McpFunctions.Functions.Tests.dll"), "-noColor", "-preEnumerateTheories",
            "-filterVSTest", "FullyQualifiedName~EveryConsumerTests&DisplayName~statistics");
        Assert.InRange(int.Parse(Total().Match(results).Groups["count"].Value, CultureInfo.InvariantCulture), 2, int.MaxValue);
    }

    // The other projects are unchanged, and their outputs are copied. One compiler server for both builds; it ends with their process group.
    // ./test delays recompilation for its short processes. Analyzers run long, so they need the faster code.
    private static Task<string> BuildAsync(string folder, params string[] projects)
    {
        var server = $"mcpfunctions-{Guid.NewGuid():N}";
        return RunAsync(folder, "bash", "-ec", "unset DOTNET_TC_CallCountThreshold DOTNET_TieredPGO\n" + string.Join('\n', projects.Select(project =>
            $"dotnet build {project} --configuration {SourceTree.Configuration} --nologo -v quiet -tl:off -nodeReuse:false "
            + $"-p:BuildProjectReferences=false -p:UseSharedCompilation=true -p:SharedCompilationId={server}")));
    }

    private static async Task<string> RunAsync(string folder, string command, params string[] arguments)
    {
        await using var process = await ChildProcess.StartAsync(command, arguments, workingDirectory: folder);
        var exitCode = await process.WaitForExitAsync(Eventually.BuildDeadline);
        var output = string.Join('\n', process.Output);
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    [GeneratedRegex(@"^`(?<path>src/[^`]+)`:\n\n```csharp\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex NewFile();

    [GeneratedRegex(@"^```diff\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Change();

    [GeneratedRegex(@"Total: (?<count>\d+), Errors: 0, Failed: 0, Skipped: 0")]
    private static partial Regex Total();
}
