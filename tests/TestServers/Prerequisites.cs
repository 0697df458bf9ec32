namespace McpFunctions.TestServers;

/// <summary>Installs the servers that tests start.</summary>
public static class Prerequisites
{
    // The first run on a fresh clone installs packages; afterwards local/setup finds nothing to do and returns at once.
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    private static readonly Lazy<Task> s_setup = new(SetUpAsync);

    /// <summary>Runs <c>local/setup</c>, once per test process. Parallel processes run it one after another.</summary>
    /// <exception cref="ChildProcessException">A tool is missing that the script cannot install. The message names the tool and how to get it.</exception>
    public static Task EnsureAsync() => s_setup.Value;

    private static async Task SetUpAsync()
    {
        await using var setup = await ChildProcess.StartAsync("bash", [Repository.PathOf("local", "setup"), "tests"], name: "local/setup").ConfigureAwait(false);
        var exitCode = await setup.WaitForExitAsync(s_deadline).ConfigureAwait(false);
        if (exitCode != 0)
        {
            throw new ChildProcessException($"local/setup ended with exit code {exitCode}.", setup.Output);
        }
    }
}
