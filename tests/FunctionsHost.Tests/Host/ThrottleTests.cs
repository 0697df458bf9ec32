using System.Net;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>The limits in <c>host.json</c> on running and waiting requests.</summary>
public sealed class ThrottleTests
{
    [Fact]
    public async Task Requests_over_the_limit_wait_and_further_ones_get_429()
    {
        var release = new TaskCompletionSource();
        var running = 0;
        var most = 0;
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            await release.Task;
            Interlocked.Decrement(ref running);
            await context.Response.WriteAsync("answer");
        });
        var worker = new ScriptedWorker().Http("Echo", _ => Task.FromResult(ScriptedWorker.Done()), "echo");
        worker.Capabilities["HttpUri"] = server.Address.ToString();
        var app = new TestApp
        {
            HostJson = """{"version":"2.0","extensions":{"http":{"maxConcurrentRequests":2,"maxOutstandingRequests":5}}}""",
        };
        await using var host = await TestHost.StartAsync(worker, app);

        var requests = Enumerable.Range(0, 8).Select(_ => host.Client.GetAsync("api/echo")).ToList();
        await Eventually.UntilAsync(() => requests.Count(request => request.IsCompleted) == 3 && Volatile.Read(ref running) == 2);
        var refused = await Task.WhenAll(requests.Where(request => request.IsCompleted));
        release.SetResult();
        var statuses = (await Task.WhenAll(requests)).Select(response => response.StatusCode).ToList();

        Assert.All(refused, response => Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode));
        Assert.Equal(5, statuses.Count(status => status == HttpStatusCode.OK));
        Assert.Equal(2, most);
        // Every request has given its place back.
        for (var n = 0; n < 6; n++)
            Assert.Equal("answer", await host.Client.GetStringAsync("api/echo"));
    }

    [Fact]
    public async Task A_client_that_gives_up_waiting_gives_its_place_back()
    {
        var release = new TaskCompletionSource();
        await using var server = await ScriptedHttpServer.StartAsync(async context =>
        {
            await release.Task;
            await context.Response.WriteAsync("answer");
        });
        var worker = new ScriptedWorker().Http("Echo", _ => Task.FromResult(ScriptedWorker.Done()), "echo");
        worker.Capabilities["HttpUri"] = server.Address.ToString();
        var app = new TestApp
        {
            HostJson = """{"version":"2.0","extensions":{"http":{"maxConcurrentRequests":1,"maxOutstandingRequests":2}}}""",
        };
        await using var host = await TestHost.StartAsync(worker, app);
        var first = host.Client.GetAsync("api/echo");
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        using var impatience = new CancellationTokenSource();
        Task<HttpResponseMessage> second = Task.FromResult<HttpResponseMessage>(null!);
        await Eventually.UntilAsync(async () =>
        {
            // While the request of WaitsAsync holds the only place, this one gets 429 and tries again.
            if (second.IsCompleted)
                second = host.Client.GetAsync("api/echo", impatience.Token);
            return !await WaitsAsync(host) && !second.IsCompleted;
        });

        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);

        await Eventually.UntilAsync(() => WaitsAsync(host));
        release.SetResult();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
    }

    // Whether another request waits for its turn; otherwise it gets 429 at once.
    private static async Task<bool> WaitsAsync(TestHost host)
    {
        using var impatience = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        try
        {
            using var response = await host.Client.GetAsync("api/echo", impatience.Token);
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
