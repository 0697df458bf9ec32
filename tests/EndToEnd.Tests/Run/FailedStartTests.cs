namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>When <c>./run</c> cannot start, it prints one clear line, returns an exit code, and leaves nothing behind.</summary>
public sealed class FailedStartTests
{
    [Theory]
    [InlineData("dotnet", "dotnet is missing: install the .NET 10 SDK")]
    [InlineData("node", "node or npm is missing: install Node 20 or later")]
    [InlineData("redis-server apt-get", "redis-server is missing: ")]
    public async Task A_missing_tool_is_named_in_one_line_with_where_to_get_it(string missing, string message)
    {
        using var tools = ToolFolder.Without(missing.Split(' '));
        await using var gateway = new RunningGateway();
        await gateway.StartAsync(path: tools.Path);

        Assert.Equal(1, await gateway.Process.WaitForExitAsync());
        Assert.Contains(message, Assert.Single(gateway.Process.Output), StringComparison.Ordinal);
        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Fact]
    public async Task If_Redis_does_not_start_its_last_output_is_shown_and_everything_else_stops()
    {
        await using var gateway = new RunningGateway();
        var files = Directory.CreateDirectory(Path.Combine(gateway.DataFolder, "redis", "appendonlydir"));
        await File.WriteAllTextAsync(Path.Combine(files.FullName, "appendonly.aof.manifest"), "no manifest", TestContext.Current.CancellationToken);

        await gateway.StartAsync();

        Assert.Equal(1, await gateway.Process.WaitForExitAsync());
        Assert.Contains(gateway.Process.Output, line => line.Contains("AOF", StringComparison.Ordinal));
        Assert.Contains("Redis ended by itself (exit code 1); everything else is stopped.", gateway.Process.Output[^1], StringComparison.Ordinal);
        await gateway.AssertThatNothingIsLeftAsync();
    }
}
