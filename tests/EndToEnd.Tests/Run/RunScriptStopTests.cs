using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>All ways in which <c>./run</c> ends.</summary>
public sealed class RunScriptStopTests
{
    [Fact]
    public async Task A_closed_terminal_stops_everything()
    {
        await using var gateway = new RunningGateway();
        await gateway.StartAndWaitUntilReadyAsync();

        gateway.Process.Send(ProcessSignal.HangUp);

        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Fact]
    public async Task Started_by_nohup_in_the_background_of_a_script_it_outlives_the_terminal_and_stops_on_SIGINT()
    {
        await using var gateway = new RunningGateway();
        await gateway.StartAndWaitUntilReadyAsync(asNohupInBackground: true);

        var runsBefore = await CountTimerRunsAsync(gateway);
        gateway.Process.Send(ProcessSignal.HangUp);
        // Two more runs take longer than a stop of the function app.
        await Eventually.GetAsync(() => CountTimerRunsAsync(gateway), runs => runs > runsBefore + 1);
        Assert.False(gateway.Process.HasExited);
        Assert.False(FreePort.IsFree(gateway.Port));

        gateway.Process.Send(ProcessSignal.Interrupt);
        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Fact]
    public async Task A_signal_while_it_is_starting_stops_everything()
    {
        await using var gateway = new RunningGateway();
        await gateway.StartAsync();
        await gateway.Process.WaitForLineAsync("Azurite ");

        gateway.Process.Send(ProcessSignal.Interrupt);

        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Fact]
    public async Task Nothing_survives_when_it_is_killed_itself()
    {
        await using var gateway = new RunningGateway();
        await gateway.StartAndWaitUntilReadyAsync();

        await gateway.Process.KillAsync();

        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Theory]
    [InlineData("Redis")]
    [InlineData("Azurite")]
    [InlineData("the function app")]
    public async Task When_one_part_dies_everything_stops_and_the_last_line_says_which(string part)
    {
        await using var gateway = new RunningGateway();
        await gateway.StartAndWaitUntilReadyAsync();

        var victim = part switch
        {
            "Redis" => new MarkedProcess(await gateway.FindRedisIdAsync(), "redis-server"),
            "Azurite" => gateway.Processes.Single(process => process.CommandLine.StartsWith("node ", StringComparison.Ordinal)),
            // the local host, or func
            _ => gateway.Processes.First(
                process => process.CommandLine.Contains(" start ", StringComparison.Ordinal) && !process.CommandLine.StartsWith("bash ", StringComparison.Ordinal)),
        };
        victim.Kill();

        Assert.Equal(1, await gateway.Process.WaitForExitAsync());
        Assert.Contains($"{part} ended by itself", gateway.Process.Output[^1]);
        await gateway.AssertThatNothingIsLeftAsync();
    }

    // The log has every run of a timer; the console has only those that fail.
    private static async Task<int> CountTimerRunsAsync(RunningGateway gateway)
    {
        await using var log = new FileStream(Path.Combine(gateway.DataFolder, "logs", "app.log"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(log);
        return (await reader.ReadToEndAsync()).Split("Executed 'Functions.RelayEvents'").Length - 1;
    }
}
