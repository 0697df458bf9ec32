using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>Follows docs/extending.md in a copy of the repository.</summary>
public sealed partial class ExtendingTests
{
    private static readonly string[] s_sources = [".config", "src", "local", "tests/TestServers", "tests/Functions.Tests"];
    private static readonly string[] s_notSource = ["bin", "obj", "node_modules"];

    [Fact]
    public async Task The_steps_of_the_page_make_an_event_type_and_a_consumer_that_passes_the_tests_of_every_consumer()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "extending.md"), TestContext.Current.CancellationToken);
        using var folder = new TemporaryFolder();
        CopySources(folder.Path);

        foreach (Match file in NewFile().Matches(page))
        {
            var path = Path.Combine(folder.Path, file.Groups["path"].Value);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, file.Groups["text"].Value, TestContext.Current.CancellationToken);
        }
        var patch = Path.Combine(folder.Path, "page.patch");
        await File.WriteAllTextAsync(patch, string.Concat(Change().Matches(page).Select(change => change.Groups["text"].Value)), TestContext.Current.CancellationToken);
        await RunAsync(folder.Path, "git", "apply", patch);
        // One compiler server for all projects. It ends with the process group.
        await RunAsync(
            folder.Path, "dotnet", "build", "tests/Functions.Tests", "--nologo", "-v", "quiet", "-tl:off", "-nodeReuse:false",
            "-p:UseSharedCompilation=true", $"-p:SharedCompilationId=mcpfunctions-{Guid.NewGuid():N}");

        var metadata = await File.ReadAllTextAsync(
            Directory.EnumerateFiles(Path.Combine(folder.Path, "src", "Functions", "bin"), "functions.metadata", SearchOption.AllDirectories).Single(),
            TestContext.Current.CancellationToken);
        Assert.All(["AuditReportCreated", "CountReportCreated", "RecoverStatistics"], function => Assert.Contains($"\"{function}\"", metadata, StringComparison.Ordinal));
        // The page adds no test.
        await RunAsync(
            folder.Path, "dotnet", "test", "--project", "tests/Functions.Tests/Functions.Tests.csproj", "--no-build", "--no-progress",
            "--filter", "FullyQualifiedName~EveryConsumerTests&DisplayName~statistics", "--minimum-expected-tests", "2");
    }

    private static void CopySources(string folder)
    {
        Directory.CreateDirectory(Path.Combine(folder, "tests"));
        foreach (var file in Directory.EnumerateFiles(Repository.Root).Concat(Directory.EnumerateFiles(Repository.PathOf("tests"))))
        {
            File.Copy(file, Path.Combine(folder, Path.GetRelativePath(Repository.Root, file)));
        }
        foreach (var source in s_sources.SelectMany(part => Directory.EnumerateFiles(Repository.PathOf(part), "*", SearchOption.AllDirectories)))
        {
            var relative = Path.GetRelativePath(Repository.Root, source);
            if (!relative.Split(Path.DirectorySeparatorChar).Any(s_notSource.Contains))
            {
                var copy = Path.Combine(folder, relative);
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(source, copy);
            }
        }
        Directory.CreateSymbolicLink(Path.Combine(folder, "local", "azurite", "node_modules"), Repository.PathOf("local", "azurite", "node_modules"));
    }

    private static async Task RunAsync(string folder, string command, params string[] arguments)
    {
        await using var process = await ChildProcess.StartAsync(command, arguments, workingDirectory: folder);
        var exitCode = await process.WaitForExitAsync(TimeSpan.FromMinutes(8));
        Assert.True(exitCode == 0, $"{command} {string.Join(' ', arguments)} ended with {exitCode}:\n{string.Join('\n', process.Output)}");
    }

    [GeneratedRegex(@"^`(?<path>src/[^`]+)`:\n\n```csharp\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex NewFile();

    [GeneratedRegex(@"^```diff\n(?<text>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Change();
}
