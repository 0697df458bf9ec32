using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using HdrHistogram;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.Bench.Cases;

/// <summary>What a client of the HTTP API waits for.</summary>
internal sealed class CallsCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "calls";

    /// <inheritdoc/>
    public string Title => "calls of the HTTP API, one at a time";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(200, 10, 5);
        var comparisons = new Dictionary<string, Comparison>();
        List<(string, Func<Task>)> contenders = [(Contenders.Gateway, () => MeasureAsync(Contenders.Gateway, run.Stage.GatewayAsync, count))];
        if (run.HasBefore)
        {
            contenders.Add((Contenders.Before, () => MeasureAsync(Contenders.Before, run.Stage.BeforeAsync, count)));
        }

        foreach ((_, Func<Task> warmUp) in contenders)
        {
            await warmUp();
        }

        comparisons.Clear();
        await run.InTurnAsync([.. contenders]);
        return [.. comparisons.Values];

        async Task MeasureAsync(string name, Func<Task<RunningGateway>> start, int times)
        {
            RunningGateway gateway = await start();
            await gateway.LoginAsync();
            string id = await gateway.UploadAsync(new byte[9]);
            using var stranger = new HttpClient { BaseAddress = gateway.Http.BaseAddress };
            await TimeAsync("a call that is refused at once (401)", times, async () => Expect(HttpStatusCode.Unauthorized, await stranger.GetAsync("audit")));
            await TimeAsync("a file's record", times, async () => Expect(HttpStatusCode.OK, await gateway.Http.GetAsync($"files/{id}")));
            await TimeAsync("an upload of 9 bytes", times, () => gateway.UploadAsync(new byte[9]));
            await TimeAsync("an upload until GET audit shows it", times / 2, async () =>
                await WaitForAuditAsync(gateway, await gateway.UploadAsync(new byte[9])));
            await TimeAsync("another service's PUBLISH until GET audit shows it", times / 2, async () =>
            {
                string fileId = Guid.NewGuid().ToString();
                await gateway.Redis.GetSubscriber().PublishAsync(RedisChannel.Literal("events:file.uploaded"), JsonSerializer.Serialize(new
                {
                    id = Guid.NewGuid(),
                    type = "file.uploaded",
                    timestamp = DateTimeOffset.UtcNow.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture),
                    payload = new { fileId, filename = "bench.txt", size = 9, uploadedBy = "bench" },
                    metadata = new { service = "bench", version = "1.0.0" },
                }));
                await WaitForAuditAsync(gateway, fileId);
            });

            async Task TimeAsync(string measure, int turns, Func<Task> call)
            {
                LongHistogram round = Comparison.NewHistogram();
                for (int turn = 0; turn < turns; turn++)
                {
                    long begin = Stopwatch.GetTimestamp();
                    await call();
                    Comparison.Record(round, Stopwatch.GetElapsedTime(begin));
                }

                if (!comparisons.TryGetValue(measure, out Comparison? comparison))
                {
                    comparisons[measure] = comparison = new Comparison(measure, Unit.Milliseconds);
                }

                comparison.Add(name, round);
            }
        }
    }

    private static void Expect(HttpStatusCode expected, HttpResponseMessage response)
    {
        using (response)
        {
            if (response.StatusCode != expected)
            {
                throw new BenchException($"{response.RequestMessage!.RequestUri!.AbsolutePath} answered {(int)response.StatusCode} instead of {(int)expected}");
            }
        }
    }

    private static async Task WaitForAuditAsync(RunningGateway gateway, string resourceId)
    {
        long begin = Stopwatch.GetTimestamp();
        while ((await gateway.Http.GetFromJsonAsync<JsonElement>($"audit?resourceId={resourceId}")).GetProperty("items").GetArrayLength() == 0)
        {
            if (Stopwatch.GetElapsedTime(begin) > Eventually.DefaultDeadline)
            {
                throw new BenchException($"the audit log has nothing about {resourceId} after {Eventually.DefaultDeadline.TotalMinutes} minutes");
            }
        }
    }
}
