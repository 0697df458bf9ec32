using McpFunctions.Local.FunctionsProtocol;
using Level = McpFunctions.Local.FunctionsProtocol.RpcLog.Types.Level;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class LogTests(ReadyWorker worker) : IClassFixture<ReadyWorker>
{
    [Fact]
    public async Task A_log_message_arrives_with_everything_known_about_it()
    {
        var invocation = await LogAsync("hello");

        var log = await worker.Host.LogAsync(log => log.Message == "Someone said hello.");

        Assert.Equal(invocation, log.InvocationId);
        Assert.Equal("McpFunctions.SampleApp.LogFunctions", log.Category);
        Assert.Equal(RpcLog.Types.RpcLogCategory.User, log.LogCategory);
        Assert.Equal(Level.Information, log.Level);
        Assert.Equal("Said", log.EventId);
        Assert.Null(log.Exception);
    }

    [Fact]
    public async Task A_logged_exception_arrives()
    {
        var invocation = await LogAsync("exception");

        var log = await worker.Host.LogAsync(log => log.InvocationId == invocation && log.Message == "It went wrong.");

        Assert.Equal(Level.Error, log.Level);
        Assert.Contains("System.InvalidOperationException: A logged exception.", log.Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Levels_and_filters_are_honored()
    {
        var invocation = await LogAsync("levels");
        await worker.Host.LogAsync(log => log.InvocationId == invocation && log.Message == "It went wrong.");

        Assert.Equal([Level.Information, Level.Warning, Level.Error, Level.Critical], LevelsOf("Sample.Levels"));
        Assert.Equal([Level.Warning, Level.Error, Level.Critical], LevelsOf("Sample.Quiet"));

        IEnumerable<Level> LevelsOf(string category) =>
            worker.Host.Logs.Where(log => log.InvocationId == invocation && log.Category == category).Select(log => log.Level);
    }

    [Fact]
    public async Task What_was_logged_before_the_host_was_reached_arrives_too()
    {
        var log = await worker.Host.LogAsync(log => log.Message == "The sample app starts.");

        Assert.Equal("", log.InvocationId);
    }

    [Fact]
    public async Task A_functions_log_is_complete_when_its_answer_arrives()
    {
        var invocation = await LogAsync("complete");

        Assert.Contains(worker.Host.Logs, log => log.InvocationId == invocation && log.Message == "It went wrong.");
    }

    private async Task<string> LogAsync(string word)
    {
        var invocation = worker.Host.HttpInvocation("Logs", HttpTests.Get(("word", word)));
        await worker.Host.InvokeAsync(invocation);
        return invocation.InvocationId;
    }
}
