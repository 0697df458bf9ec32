using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>A folder with the sources of the gateway, and its commands.</summary>
/// <param name="root">The folder.</param>
/// <param name="environment">The environment variables of its commands.</param>
internal sealed class SourceTree(string root, IReadOnlyDictionary<string, string?> environment)
{
    /// <summary>The build configuration of the tests.</summary>
    public static string Configuration { get; } = Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    /// <summary>RedisExtension as the last build had it: <c>package</c> or <c>local</c>.</summary>
    public string RedisExtension => File.ReadAllText(PathOf("src", "Functions", "obj", Configuration, "net10.0", "redis-extension")).Trim();

    /// <summary>The app's output folder.</summary>
    public string AppFolder => PathOf("src", "Functions", "bin", Configuration, "net10.0");

    /// <summary>The RedisConnection of later <c>./run</c>s; null when they start their own Redis or take it from the environment.</summary>
    public string? RedisOfRun { get; set; }

    public string PathOf(params string[] parts) => Path.Combine([root, .. parts]);

    /// <summary>Starts <c>./run</c> on a port, with data of its own.</summary>
    public Task<ChildProcess> RunAsync(int port, string data, string path, params string[] options) =>
        StartAsync(PathOf("run"), path, RedisOfRun, ["--port", $"{port}", "--data", data, "--configuration", Configuration, .. options]);

    public Task<ChildProcess> DotnetAsync(string path, params string[] arguments) => StartAsync("dotnet", path, null, arguments);

    /// <summary>Runs dotnet to its end.</summary>
    public async Task<(int ExitCode, string Output)> CompleteDotnetAsync(string path, params string[] arguments)
    {
        await using var process = await DotnetAsync(path, arguments);
        var exitCode = await process.WaitForExitAsync(Eventually.BuildDeadline);
        return (exitCode, string.Join('\n', process.Output));
    }

    private Task<ChildProcess> StartAsync(string command, string path, string? redis, IEnumerable<string> arguments)
    {
        var variables = new Dictionary<string, string?>(environment) { ["PATH"] = path, ["MSBUILDDISABLENODEREUSE"] = "1" };
        if (redis is not null)
        {
            variables["RedisConnection"] = redis;
        }
        // The test run itself may be a background job, which ignores SIGINT.
        return ChildProcess.StartAsync(
            "perl",
            ["-e", "$SIG{INT} = $SIG{HUP} = 'DEFAULT'; exec @ARGV or die", command, .. arguments],
            variables,
            workingDirectory: root,
            name: Path.GetFileName(command));
    }
}
