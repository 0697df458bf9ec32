using McpFunctions.Functions.Hosting;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace McpFunctions.Functions.Tests.Hosting;

public sealed class RestartingServiceTests
{
    private readonly FakeTimeProvider time = new();
    private readonly FakeLogger log = new();

    [Fact]
    public async Task Work_that_fails_begins_again_after_a_pause_and_its_exceptions_are_logged()
    {
        // A call that was cancelled by its own time-out is a failure too.
        Exception[] failures = [new InvalidOperationException("a bug"), new TaskCanceledException("a time-out")];
        using var service = new Service(time, log, run => run <= failures.Length ? throw failures[run - 1] : Task.CompletedTask);

        await service.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return service.ExecuteTask!.IsCompleted;
        });

        Assert.Equal(TaskStatus.RanToCompletion, service.ExecuteTask!.Status);
        Assert.Equal(3, service.Runs);
        Assert.Equal(failures, log.Collector.GetSnapshot().Select(record => record.Exception));
        Assert.All(log.Collector.GetSnapshot(), record => Assert.Equal((LogLevel.Warning, "Service failed and goes on."), (record.Level, record.Message)));
    }

    [Fact]
    public async Task Work_does_not_begin_again_before_the_pause_ends()
    {
        using var service = new Service(time, log, _ => throw new InvalidOperationException("a bug"));
        await service.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => log.Collector.Count == 1);

        time.Advance(TimeSpan.FromSeconds(4.9));

        Assert.Equal(1, service.Runs);
        await service.StopAsync(CancellationToken.None);
        Assert.Equal(1, service.Runs);
    }

    [Fact]
    public async Task Work_that_the_stop_of_the_app_ends_has_not_failed()
    {
        using var service = new Service(time, log, _ => Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken));
        await service.StartAsync(CancellationToken.None);
        await Eventually.UntilAsync(() => service.Runs == 1);

        await service.StopAsync(CancellationToken.None);

        Assert.Equal((1, 0), (service.Runs, log.Collector.Count));
    }

    private sealed class Service(TimeProvider time, ILogger logger, Func<int, Task> work) : RestartingService(time, logger)
    {
        public int Runs { get; private set; }

        protected override Task WorkAsync(CancellationToken stoppingToken) => work(++Runs).WaitAsync(stoppingToken);
    }
}
