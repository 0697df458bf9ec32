using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Notifications;

/// <summary>When a function exceeds its time-out, the host restarts the worker for everybody. No stream may cause that.</summary>
public sealed class StreamTimeoutTests(GatewayApplication gateway)
{
    [Fact]
    public async Task A_stream_ends_itself_before_the_time_out_of_functions()
    {
        await using var application = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "stream-timeout",
            Beside = gateway,
            Settings = new Dictionary<string, string?>
            {
                ["AzureFunctionsJobHost__functionTimeout"] = "00:02:00",
                ["Notifications__StreamDuration"] = "00:00:05",
            },
        });
        var worker = application.WorkerId;
        await using var stream = await EventStream.OpenAsync(application, gateway.NewUser());

        // This throws when the connection broke.
        await stream.Ended.WaitAsync(Eventually.DefaultDeadline);
        Assert.True(stream.Retries > 1);

        // An invocation that has ended can no longer time out.
        await application.Host.WaitForLineAsync("Executed 'Functions.StreamNotifications' (Succeeded");
        Assert.DoesNotContain(application.Log, line => line.Contains("imeout", StringComparison.Ordinal) && line.Contains("Stream", StringComparison.Ordinal));
        Assert.Equal(worker, application.WorkerId);
        await Eventually.UntilAsync(async () => (await application.Http.GetAsync("health")).IsSuccessStatusCode);
    }
}
