using McpFunctions.Functions.Recovery;

namespace McpFunctions.Functions.Tests.Recovery;

public sealed class SingleFlightTests
{
    private const int Keys = 2_000;

    [Fact]
    public async Task Work_that_fails_at_once_is_run_again_by_the_next_call()
    {
        var flight = new SingleFlight();
        // With more threads than processors, some threads pause between two steps.
        await Parallel.ForEachAsync(Enumerable.Range(0, Keys), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (key, _) =>
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => flight.RunAsync($"{key}", () => throw new InvalidOperationException()));
            var isRun = false;
            await flight.RunAsync($"{key}", () =>
            {
                isRun = true;
                return Task.CompletedTask;
            });
            Assert.True(isRun, $"Key {key} still has the result of the run before.");
        });
    }

    [Fact]
    public async Task A_call_while_the_work_runs_shares_the_run()
    {
        var flight = new SingleFlight();
        var end = new TaskCompletionSource();
        var runs = 0;
        var first = flight.RunAsync("one", RunAsync);
        var second = flight.RunAsync("one", RunAsync);
        await flight.RunAsync("another", () => Task.CompletedTask);
        Assert.False(first.IsCompleted);

        end.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(1, runs);

        Task RunAsync()
        {
            Interlocked.Increment(ref runs);
            return end.Task;
        }
    }
}
