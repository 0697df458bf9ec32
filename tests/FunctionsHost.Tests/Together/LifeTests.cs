using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>Crashes, signals and the end of host and worker.</summary>
public sealed class LifeTests
{
    [Fact]
    public async Task A_function_that_kills_its_worker_loses_its_own_call_and_the_next_succeeds()
    {
        await using var host = await HostProcess.StartAsync("Die Text Wait");
        var first = host.WorkerId;

        using var died = await host.Client.GetAsync("api/failures/die");
        // On a busy machine the new worker takes longer than a request waits for it.
        await Eventually.UntilAsync(async () =>
        {
            using var next = await host.Client.GetAsync("api/text");
            return next.StatusCode == HttpStatusCode.OK;
        });

        Assert.Equal(HttpStatusCode.InternalServerError, died.StatusCode);
        Assert.NotEqual(first, host.WorkerId);
        Assert.False(ProcessSignals.Exists(first));
        Assert.Contains(host.Process.Output, line => line.Contains("The function killed its process.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_is_killed_again_and_again_is_always_replaced()
    {
        await using var host = await HostProcess.StartAsync("Text");

        for (var n = 0; n < 4; n++)
        {
            ProcessSignals.Send(host.WorkerId, ProcessSignal.Kill);
            await Eventually.UntilAsync(async () => (await host.Client.GetAsync("api/text")).IsSuccessStatusCode);
        }

        Assert.False(host.Process.HasExited);
    }

    [Theory]
    [InlineData(ProcessSignal.Terminate)]
    [InlineData(ProcessSignal.Interrupt)]
    public async Task A_signal_lets_the_request_in_flight_finish_and_ends_host_and_worker(ProcessSignal signal)
    {
        await using var host = await HostProcess.StartAsync("Wait Text");
        var worker = host.WorkerId;
        var slow = host.Client.GetStringAsync("api/wait/1500");
        await host.Process.WaitForLineAsync("Executing 'Functions.Wait'");

        host.Process.Send(signal);

        Assert.Equal("1500", await slow);
        Assert.Equal(0, await host.Process.WaitForExitAsync());
        Assert.False(ProcessSignals.Exists(worker));
        Assert.Contains(host.Process.Output, line => line.Contains("The sample app stops.", StringComparison.Ordinal));
        Assert.Contains(host.Process.Output, line => line.Contains("Stopped.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_ctrl_c_of_a_terminal_reaches_the_worker_too_and_must_not_end_it_before_its_requests()
    {
        await using var host = await HostProcess.StartAsync("Wait Text");
        var slow = host.Client.GetStringAsync("api/wait/1500");
        await host.Process.WaitForLineAsync("Executing 'Functions.Wait'");

        // A terminal sends the signal to the process group.
        ProcessSignals.Send(-host.Process.Id, ProcessSignal.Interrupt);

        Assert.Equal("1500", await slow);
        Assert.Equal(0, await host.Process.WaitForExitAsync());
    }

    [Fact]
    public async Task A_host_that_is_killed_leaves_no_worker_behind()
    {
        await using var host = await HostProcess.StartAsync("Text");
        var worker = host.WorkerId;

        await host.Process.KillAsync();

        await Eventually.UntilAsync(() => !ProcessSignals.Exists(worker));
    }

    [Fact]
    public async Task A_host_that_is_killed_leaves_no_worker_behind_that_ignores_signals()
    {
        using var app = ShellApp("trap '' INT TERM HUP; while :; do sleep 0.1; done");
        await using var host = await HostProcess.LaunchAsync(["start", "--script-root", app.Path, "--port", $"{FreePort.Next()}"]);
        var worker = HostProcess.WorkerIdIn(await host.WaitForLineAsync("Worker process"));

        await host.KillAsync();

        await Eventually.UntilAsync(() => !ProcessSignals.Exists(worker));
    }

    [Fact]
    public async Task The_ctrl_c_of_a_terminal_does_not_reach_a_worker_that_would_end_by_it()
    {
        using var app = ShellApp("trap 'echo interrupted; exit 1' INT; echo listening; while :; do sleep 0.1; done");
        await using var host = await HostProcess.LaunchAsync(["start", "--script-root", app.Path, "--port", $"{FreePort.Next()}"]);
        await host.WaitForLineAsync("listening");

        ProcessSignals.Send(-host.Id, ProcessSignal.Interrupt);

        Assert.Equal(0, await host.WaitForExitAsync());
        Assert.DoesNotContain(host.Output, line => line.Contains("interrupted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_app_that_fails_at_its_start_ends_the_host_with_its_error()
    {
        await using var host = await HostProcess.LaunchAsync(
            ["start", "--script-root", SampleApp.Directory, "--port", $"{FreePort.Next()}", "--functions", "Text"],
            ("Sample__Valid", "false")
        );

        Assert.Equal(1, await host.WaitForExitAsync());
        // Only one line, however often the host starts the worker.
        Assert.Single(host.Output, line => line.Contains("Sample:Valid must be true.", StringComparison.Ordinal));
        Assert.Contains(host.Output, line => line.Contains("The worker ended 3 times in a row", StringComparison.Ordinal));
    }

    /// <summary>An app whose worker is a shell script that never calls the host.</summary>
    private static TemporaryFolder ShellApp(string script)
    {
        var folder = new TemporaryFolder();
        File.WriteAllText(Path.Combine(folder.Path, "host.json"), """{"version":"2.0"}""");
        File.WriteAllText(Path.Combine(folder.Path, "worker.sh"), script);
        File.WriteAllText(
            Path.Combine(folder.Path, "worker.config.json"),
            """{"description":{"language":"dotnet-isolated","defaultExecutablePath":"/bin/sh","defaultWorkerPath":"worker.sh"}}"""
        );
        return folder;
    }
}
