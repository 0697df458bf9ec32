using System.Diagnostics;
using System.Globalization;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.TestServers;

public sealed class ChildProcessTests
{
    [Fact]
    public async Task Its_output_and_exit_code_can_be_waited_for()
    {
        await using var child = await ChildProcess.StartAsync("bash", ["-c", "echo \"$GREETING, $1\"; echo oops >&2; exit 3", "bash", "two words"],
            new Dictionary<string, string?> { ["GREETING"] = "Hello" });

        Assert.Equal("Hello, two words", await child.WaitForLineAsync("Hello"));
        Assert.Equal(3, await child.WaitForExitAsync());
        Assert.Contains("oops", child.Output);
    }

    [Fact]
    public async Task A_line_that_never_comes_is_reported_with_the_output_when_the_process_ends()
    {
        await using var child = await ChildProcess.StartAsync("bash", ["-c", "echo almost"]);

        var error = await Assert.ThrowsAsync<ChildProcessException>(() => child.WaitForLineAsync("ready"));

        Assert.Contains("without printing \"ready\"", error.Message);
        Assert.Contains("almost", error.Message);
    }

    [Fact]
    public async Task Only_the_latest_lines_are_kept()
    {
        await using var child = await ChildProcess.StartAsync("bash", ["-c", "for i in {1..100}; do echo line $i; done"], keptLines: 3);
        await child.WaitForExitAsync();

        Assert.Equal(["line 98", "line 99", "line 100"], child.Output);
        Assert.Equal(100, child.LineCount);
        Assert.Equal("line 100", await child.WaitForLineAsync("line", after: 99));
    }

    [Fact]
    public async Task One_that_ignores_SIGTERM_is_killed_with_its_descendants()
    {
        await using var child = await ChildProcess.StartAsync("bash", ["-c", "trap '' TERM; bash -c 'trap \"\" TERM; echo $$; while :; do sleep 0.1; done'"]);
        var descendant = Number(await child.WaitForLineAsync(_ => true));

        Assert.Equal(128 + 9, await child.TerminateAsync(TimeSpan.FromSeconds(0.5)));

        await Eventually.UntilAsync(() => !IsRunning(descendant));
    }

    [Fact]
    public async Task A_descendant_left_behind_lives_until_the_child_is_disposed()
    {
        var child = await ChildProcess.StartAsync("bash", ["-c", "sleep 1000 & echo $!"]);
        await child.WaitForExitAsync();
        var descendant = Number(child.Output[0]);
        Assert.True(IsRunning(descendant));

        await child.DisposeAsync();

        await Eventually.UntilAsync(() => !IsRunning(descendant));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_survives_a_test_runner_that_is_killed(bool withItsWholeGroup)
    {
        // bash acts as the test runner: it has the only write end of the pipe that local/supervise watches.
        await using var runner = await ChildProcess.StartAsync(
            "bash", ["-c", "exec 8> >(\"$1\" --announce --leave sleep 1000); sleep 1000 8>&-", "bash", Repository.PathOf("local", "supervise")]);
        var command = Number(await runner.WaitForLineAsync(_ => true));
        Assert.True(IsRunning(command));

        if (withItsWholeGroup)
        {
            await runner.DisposeAsync();
        }
        else
        {
            await runner.KillAsync();
        }

        await Eventually.UntilAsync(() => !IsRunning(command));
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
