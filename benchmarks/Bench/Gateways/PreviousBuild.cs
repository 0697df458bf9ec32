using McpFunctions.TestServers;

namespace McpFunctions.Bench.Gateways;

/// <summary>The state before every event went through the journal of its type, built once from its commit into .data/benchmarks.</summary>
internal static class PreviousBuild
{
    /// <summary>The last commit of that state.</summary>
    public const string Commit = "a333691792aacc75f477c912a51c3cee42d5209f";

    private static readonly Lazy<Task<GatewayBuild>> s_build = new(BuildAsync);

    /// <summary>The folder of its source code.</summary>
    public static string Root => Repository.PathOf(".data", "benchmarks", Commit[..7]);

    /// <summary>The folder of its program that measures recovery and replay.</summary>
    public static string RecoveryFolder => Path.Combine(Root, "bench", "Recovery", "bin", "Release", "net10.0");

    /// <summary>Builds it unless it is built.</summary>
    /// <returns>The build.</returns>
    /// <exception cref="BenchException">This clone lacks the commit, or the build failed.</exception>
    public static Task<GatewayBuild> GetAsync() => s_build.Value;

    private static async Task<GatewayBuild> BuildAsync()
    {
        string stamp = Path.Combine(Root, ".built");
        if (!File.Exists(stamp))
        {
            Progress.Say($"Building the state before (commit {Commit[..7]}), once; this takes a minute or two");
            await CheckOutAsync();
            await LinkNodePackagesAsync("local/azurite");
            await LinkNodePackagesAsync("tests/EndToEnd.Tests/TypeScriptPeer");
            foreach (string project in new[] { "src/Functions", "local/FunctionsHost", "bench/Recovery" })
            {
                await RunAsync(
                    "the build of the state before", "dotnet",
                    ["build", Path.Combine(Root, project), "--configuration", "Release", "-nodeReuse:false", "-v", "quiet", "-nologo", "-tl:off"]);
            }

            await File.WriteAllTextAsync(stamp, Commit);
        }

        await RunAsync(
            "local/ready-to-run", "bash",
            [
                Repository.PathOf("local", "ready-to-run"),
                Path.Combine(Root, "src", "Functions", "bin", "Release", "net10.0"),
                Path.Combine(Root, "local", "FunctionsHost", "bin", "Release", "net10.0"),
                RecoveryFolder,
            ]);
        return GatewayBuild.Of(Root, "Release", hasJournalPerType: false);
    }

    private static async Task CheckOutAsync()
    {
        await using ChildProcess check = await ChildProcess.StartAsync(
            "git", ["-C", Repository.Root, "cat-file", "-e", $"{Commit}^{{commit}}"], name: "git cat-file");
        if (await check.WaitForExitAsync() != 0)
        {
            throw new BenchException(
                $"this clone lacks the commit {Commit} of the state before: git fetch --unshallow (or git fetch origin {Commit}) brings it");
        }

        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }

        Directory.CreateDirectory(Root);
        await RunAsync("git archive", "bash", ["-c", """git -C "$1" archive "$2" | tar -x -C "$3" """, "archive", Repository.Root, Commit, Root]);
        // It must build with the same Redis attributes, and need not find out which again.
        string choice = Repository.PathOf("local", "build", "chosen.props");
        if (File.Exists(choice))
        {
            File.Copy(choice, Path.Combine(Root, "local", "build", "chosen.props"));
        }
    }

    // Its lock files are those of this working tree, so its Node packages are the same. Where they are not, its own local/setup installs them.
    private static async Task LinkNodePackagesAsync(string folder)
    {
        string here = Repository.PathOf(folder);
        string there = Path.Combine(Root, folder);
        if (Directory.Exists(Path.Combine(here, "node_modules"))
            && await File.ReadAllTextAsync(Path.Combine(here, "package-lock.json")) == await File.ReadAllTextAsync(Path.Combine(there, "package-lock.json")))
        {
            Directory.CreateSymbolicLink(Path.Combine(there, "node_modules"), Path.Combine(here, "node_modules"));
        }
    }

    private static async Task RunAsync(string what, string program, string[] arguments)
    {
        await using ChildProcess process = await ChildProcess.StartAsync(program, arguments, name: what);
        if (await process.WaitForExitAsync(TimeSpan.FromMinutes(15)) is not 0 and int code)
        {
            throw new BenchException($"{what} ended with exit code {code}:\n{string.Join('\n', process.Output.TakeLast(20))}");
        }
    }
}
