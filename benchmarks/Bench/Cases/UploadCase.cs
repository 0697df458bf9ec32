using System.Diagnostics;
using Azure.Storage.Blobs;
using HdrHistogram;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;

namespace McpFunctions.Bench.Cases;

/// <summary>Uploads over HTTP: small ones by several clients, against the state before, and large ones against the same bytes put straight to storage.</summary>
internal sealed class UploadCase : IBenchCase
{
    private const int Clients = 8;

    /// <inheritdoc/>
    public string Name => "upload";

    /// <inheritdoc/>
    public string Title => $"uploads: 1 KB by {Clients} clients; 1 MB and 50 MB by one client, and their downloads";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int small = run.Of(1_000, 64, 8);
        Comparison rate = new Comparison($"1 KB, {Clients} clients, uploads per second", Unit.PerSecond).Against(Contenders.Before, Bound.AtLeast(1.5));
        var response = new Comparison("… time of one of these uploads", Unit.Milliseconds);

        // Says more than times on a machine with other load.
        var processor = new Comparison("… processor time of host and worker for one of these uploads, with its effects", Unit.Microseconds);
        RunningGateway gateway = await run.Stage.GatewayAsync();
        var blobs = new BlobContainerClient(await run.Stage.StorageAsync(), "benchmark");
        await blobs.CreateIfNotExistsAsync();

        List<(string, Func<Task>)> contenders = [(Contenders.Gateway, () => SmallAsync(Contenders.Gateway, gateway, small))];
        if (run.HasBefore)
        {
            RunningGateway before = await run.Stage.BeforeAsync();
            contenders.Add((Contenders.Before, () => SmallAsync(Contenders.Before, before, small)));
            await before.LoginAsync();
            await SmallAsync(null, before, small / 4);
        }

        await gateway.LoginAsync();
        await SmallAsync(null, gateway, small / 4);
        await run.InTurnAsync([.. contenders]);

        List<Comparison> all = [rate, response, processor];
        foreach ((int megabytes, int count) in run.Size == BenchSize.Smoke ? [(1, 1)] : new[] { (1, run.Of(30, 5, 1)), (50, run.Of(3, 1, 1)) })
        {
            Comparison up = new Comparison($"{megabytes} MB up, one client", Unit.MegabytesPerSecond).Against(Contenders.RawStorage, Bound.AtLeast(0.6));
            var down = new Comparison($"{megabytes} MB down, one client", Unit.MegabytesPerSecond);
            byte[] content = new byte[megabytes * 1_000_000];
            Random.Shared.NextBytes(content);
            string id = "";
            async Task ViaGatewayAsync() => id = await gateway.UploadAsync(content);
            async Task DownViaGatewayAsync() => Check((await gateway.Http.GetByteArrayAsync($"files/{id}/content")).Length);
            BlobClient blob = blobs.GetBlobClient($"{megabytes}");
            async Task StraightAsync() => await blob.UploadAsync(new BinaryData(content), overwrite: true);
            async Task DownStraightAsync() => Check((await blob.DownloadContentAsync()).Value.Content.ToMemory().Length);
            void Check(int length)
            {
                if (length != content.Length)
                {
                    throw new BenchException($"a download of {content.Length} bytes had {length}");
                }
            }

            foreach (Func<Task> warm in new Func<Task>[] { ViaGatewayAsync, DownViaGatewayAsync, StraightAsync, DownStraightAsync })
            {
                await warm();
            }

            await run.InTurnAsync(
                (Contenders.Gateway, async () =>
                {
                    up.Add(Contenders.Gateway, await SpeedAsync(ViaGatewayAsync, megabytes, count));
                    down.Add(Contenders.Gateway, await SpeedAsync(DownViaGatewayAsync, megabytes, count));
                }),
                (Contenders.RawStorage, async () =>
                {
                    up.Add(Contenders.RawStorage, await SpeedAsync(StraightAsync, megabytes, count));
                    down.Add(Contenders.RawStorage, await SpeedAsync(DownStraightAsync, megabytes, count));
                }));
            all.AddRange([up, down]);
        }

        return all;

        async Task SmallAsync(string? name, RunningGateway contender, int count)
        {
            byte[] content = new byte[1_000];
            LongHistogram times = Comparison.NewHistogram();
            int left = count;
            TimeSpan used = ProcessFigures.ProcessorTimeOf(contender.ProcessIds);
            long begin = Stopwatch.GetTimestamp();
            await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
            {
                while (Interlocked.Decrement(ref left) >= 0)
                {
                    long started = Stopwatch.GetTimestamp();
                    await contender.UploadAsync(content);
                    lock (times)
                    {
                        Comparison.Record(times, Stopwatch.GetElapsedTime(started));
                    }
                }
            }));
            if (name is not null)
            {
                rate.Add(name, count / Stopwatch.GetElapsedTime(begin).TotalSeconds);
                response.Add(name, times);
                processor.Add(name, (ProcessFigures.ProcessorTimeOf(contender.ProcessIds) - used).TotalMicroseconds / count);
            }
        }
    }

    private static async Task<double> SpeedAsync(Func<Task> transfer, int megabytes, int count)
    {
        long begin = Stopwatch.GetTimestamp();
        for (int number = 0; number < count; number++)
        {
            await transfer();
        }

        return megabytes * count / Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }
}
