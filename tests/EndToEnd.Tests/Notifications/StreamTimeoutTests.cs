using System.Diagnostics;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>When a function exceeds its time-out, the host restarts the worker for everybody. No stream may cause that.</summary>
public sealed class StreamTimeoutTests(GatewayApplication gateway)
{
    private static readonly TimeSpan s_functionTimeout = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task A_stream_ends_itself_before_the_time_out_of_functions()
    {
        await using var application = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "stream-timeout",
            Beside = gateway,
            Settings = new Dictionary<string, string?>
            {
                ["AzureFunctionsJobHost__functionTimeout"] = $"{s_functionTimeout:c}",
                ["Notifications__StreamDuration"] = "00:00:05",
            },
        });
        var worker = application.WorkerId;
        var elapsed = Stopwatch.StartNew();
        await using var stream = await EventStream.OpenAsync(application, gateway.NewUser());

        // This throws when the connection broke.
        await stream.Ended;
        Assert.True(stream.Retries > 1);
        Assert.True(elapsed.Elapsed < s_functionTimeout, $"The stream took {elapsed.Elapsed}.");

        // A time-out of the invocation would come by now.
        await Task.Delay(s_functionTimeout - elapsed.Elapsed + TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(application.Log, line => line.Contains("imeout", StringComparison.Ordinal) && line.Contains("Stream", StringComparison.Ordinal));
        Assert.Equal(worker, application.WorkerId);
        Assert.True((await application.Http.GetAsync("health")).IsSuccessStatusCode);
    }
}
