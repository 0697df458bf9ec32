using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Timers;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace McpFunctions.Functions.Tests.Timers;

public sealed class TickMiddlewareTests
{
    private readonly TickMiddleware middleware = new(NullLogger<TickMiddleware>.Instance);

    [Fact]
    public async Task A_run_that_the_stop_of_the_app_ends_does_not_fail()
    {
        using var stopping = new CancellationTokenSource();
        var run = middleware.Invoke(new TimerContext(stopping.Token), context => Task.Delay(Timeout.Infinite, context.CancellationToken));

        await stopping.CancelAsync();

        await run;
    }

    [Fact]
    public async Task A_run_that_ends_for_another_reason_fails() =>
        await Assert.ThrowsAsync<TaskCanceledException>(() => middleware.Invoke(new TimerContext(CancellationToken.None), _ => throw new TaskCanceledException()));

    [Fact]
    public async Task A_run_while_a_dependency_is_down_does_not_fail_and_its_outage_is_logged_once()
    {
        var log = new FakeLogger<TickMiddleware>();
        var told = new TickMiddleware(log);
        Task RunAsync(Exception? failure) => told.Invoke(new TimerContext(CancellationToken.None), _ => failure is null ? Task.CompletedTask : Task.FromException(failure));
        var down = new DependencyUnavailableException("storage", new TimeoutException("no answer"));

        foreach (Exception? failure in new[] { down, down, null, null, down })
        {
            await RunAsync(failure);
        }

        const string waits = "RelayEvents cannot work: a dependency is down (TimeoutException, no answer). It tries again at its next run.";
        Assert.Equal([waits, "RelayEvents works again.", waits], log.Collector.GetSnapshot().Select(record => record.Message));
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(new InvalidOperationException("a bug")));
    }
}
