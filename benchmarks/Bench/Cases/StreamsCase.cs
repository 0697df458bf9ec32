using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Cases;

/// <summary>Many clients of the live stream: an upload until each has it, and what they cost in memory.</summary>
internal sealed class StreamsCase : IBenchCase
{
    /// <inheritdoc/>
    public string Name => "streams";

    /// <inheritdoc/>
    public string Title => "live notifications: an upload until all connected streams have it";

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(500, 100, 5);
        var one = new Comparison("until one stream has it", Unit.Milliseconds);
        var all = new Comparison($"until {count} streams have it", Unit.Milliseconds);
        var memory = new Comparison($"more memory of host and worker, for each of {count} streams", Unit.Kilobytes);
        // All streams are of one user.
        await using OwnGateway own = await run.Stage.OwnGatewayAsync(settings: new Dictionary<string, string?> { ["Notifications__MaxOpenPerUser"] = "1000" });
        RunningGateway gateway = own.Gateway;
        await gateway.UploadAsync(new byte[9]);
        await using (Stream warmUp = await Stream.ConnectAsync(gateway))
        {
            await gateway.UploadAsync(new byte[9]);
            await warmUp.NextAsync();
        }

        await run.InTurnAsync((Contenders.Gateway, async () =>
        {
            double before = gateway.ProcessIds.Sum(ProcessFigures.MemoryOf);
            Stream[] streams = [];
            try
            {
                streams = [await Stream.ConnectAsync(gateway)];
                one.Add(Contenders.Gateway, await UploadAsync(streams));
                streams = [.. streams, .. await Task.WhenAll(Enumerable.Range(1, count - 1).Select(_ => Stream.ConnectAsync(gateway)))];
                all.Add(Contenders.Gateway, await UploadAsync(streams));
                memory.Add(Contenders.Gateway, Math.Max(0, gateway.ProcessIds.Sum(ProcessFigures.MemoryOf) - before) * 1_024 / count);
            }
            finally
            {
                foreach (Stream stream in streams)
                {
                    await stream.DisposeAsync();
                }
            }
        }));
        return [one, all, memory];

        async Task<double> UploadAsync(Stream[] streams)
        {
            Task[] next = [.. streams.Select(stream => stream.NextAsync())];
            long begin = Stopwatch.GetTimestamp();
            await gateway.UploadAsync(new byte[9]);
            await Task.WhenAll(next);
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }
    }

    private sealed class Stream(HttpResponseMessage response, StreamReader reader) : IAsyncDisposable
    {
        public static async Task<Stream> ConnectAsync(RunningGateway gateway)
        {
            JsonElement inbox = await gateway.Http.GetFromJsonAsync<JsonElement>("notifications?limit=1");
            HttpResponseMessage response = await gateway.Http.GetAsync(
                $"notifications/stream?after={inbox.GetProperty("after").GetInt64()}", HttpCompletionOption.ResponseHeadersRead);
            response.EnsureSuccessStatusCode();
            return new Stream(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
        }

        public async Task NextAsync()
        {
            while (await reader.ReadLineAsync().WaitAsync(Eventually.DefaultDeadline) is { } line)
            {
                if (line.StartsWith("data:", StringComparison.Ordinal))
                {
                    return;
                }
            }

            throw new BenchException("a stream ended without a notification");
        }

        public ValueTask DisposeAsync()
        {
            reader.Dispose();
            response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
