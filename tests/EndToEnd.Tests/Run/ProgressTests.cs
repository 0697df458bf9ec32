using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>The progress lines of local/progress.sh, which ./run shows for its long steps.</summary>
public sealed class ProgressTests
{
    // The step lasts until a file exists. Every look at it is worth a line here, instead of one every few seconds.
    private const string Script = """
        set -euo pipefail
        . "$1"
        seconds_between_signs=0
        (until [ -e "$2" ]; do sleep 0.05; done; exit "$3") &
        follow "A long step" "$!"
        """;

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_step_that_lasts_prints_its_seconds_and_at_its_end_the_total_if_it_succeeds(int exitCode)
    {
        using var folder = new TemporaryFolder();
        var end = Path.Combine(folder.Path, "end");
        await using var process = await ChildProcess.StartAsync("bash", ["-c", Script, "bash", Repository.PathOf("local", "progress.sh"), end, $"{exitCode}"]);

        await process.WaitForLineAsync(line => line.StartsWith("A long step ... ", StringComparison.Ordinal) && line.EndsWith(" s", StringComparison.Ordinal));
        Assert.DoesNotContain(process.Output, line => line.Contains("done", StringComparison.Ordinal));
        await File.WriteAllTextAsync(end, "", TestContext.Current.CancellationToken);

        Assert.Equal(exitCode, await process.WaitForExitAsync());
        Assert.Equal(exitCode == 0, process.Output[^1].StartsWith("A long step: done after ", StringComparison.Ordinal));
    }
}
