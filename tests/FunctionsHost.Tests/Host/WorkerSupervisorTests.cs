using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Workers;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class WorkerSupervisorTests
{
    [Fact]
    public async Task A_worker_whose_stream_has_ended_takes_no_invocation()
    {
        using var folder = new TemporaryFolder();
        var app = new TestApp();
        app.WriteTo(folder.Path);
        var settings = HostSettings.Read(app.Options with { ScriptRoot = folder.Path, Port = FreePort.Next() }, folder.Path, app.Environment);
        var channels = new WorkerChannels();
        await using var rpc = new WorkerRpcServer();
        await rpc.StartAsync(channels, NullLoggerFactory.Instance, CancellationToken.None);
        var logs = new WorkerLogRelay(NullLoggerFactory.Instance, new RunningInvocations());
        var workers = new WorkerSupervisor(
            settings,
            new ScriptedWorker(),
            channels,
            logs,
            rpc.Endpoint,
            TimeProvider.System,
            NullLogger.Instance
        );
        var supervision = workers.RunAsync();
        var first = await workers.GetWorkerAsync(Eventually.DefaultDeadline, CancellationToken.None);

        // Asks before the supervisor can notice the end, like a trigger that already has its next message.
        first.Close();
        var second = await workers.GetWorkerAsync(Eventually.DefaultDeadline, CancellationToken.None);

        Assert.NotSame(first, second);
        await workers.DisposeAsync();
        await supervision;
    }
}
