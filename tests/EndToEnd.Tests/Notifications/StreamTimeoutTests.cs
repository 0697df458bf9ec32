using System.Diagnostics;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>A function that runs over its time-out makes the host restart the worker under everybody else: no stream may come to that.</summary>
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

        // It would throw where it was broken off.
        await stream.Ended;
        Assert.True(stream.Retries > 1);
        Assert.True(elapsed.Elapsed < s_functionTimeout, $"The stream took {elapsed.Elapsed}.");

        // A time-out of the invocation would come now.
        await Task.Delay(s_functionTimeout - elapsed.Elapsed + TimeSpan.FromSeconds(2));
        Assert.DoesNotContain(application.Log, line => line.Contains("imeout", StringComparison.Ordinal) && line.Contains("Stream", StringComparison.Ordinal));
        Assert.Equal(worker, application.WorkerId);
        Assert.True((await application.Http.GetAsync("health")).IsSuccessStatusCode);
    }
}
