using System.Globalization;
using System.Net;
using System.Net.Sockets;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Files;

/// <summary>
/// Host and worker stream bodies and files, and never hold a whole one in memory. Uploads have 20 MB each, with <c>./test --long</c> 100 MB.
/// </summary>
public sealed class TransferMemoryTests(TransferMemoryTests.Application application) : IClassFixture<TransferMemoryTests.Application>
{
    private const int Transfers = 20;
    private const int Large = 95;
    private const long MaxGrowth = 150L * 1024 * 1024;

    private static readonly int s_megabytes = FaultRound.IsLong ? 100 : 20;
    private static readonly byte[] s_megabyte = Megabyte();

    private GatewayApplication Gateway => application.Gateway;

    [Fact]
    public async Task Twenty_uploads_and_downloads_at_once_take_little_memory()
    {
        var user = Gateway.NewUser();
        application.ForgetPeaks();

        var files = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(number => UploadAsync(user, $"{number}.bin", s_megabytes)));
        application.AssertGrowth("uploads");
        var sizes = await Task.WhenAll(files.Select(id => DrainAsync(user, id)));
        application.AssertGrowth("downloads");

        Assert.All(sizes, size => Assert.Equal((long)s_megabytes * s_megabyte.Length, size));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Twenty_large_bodies_on_routes_for_small_ones_are_refused_and_take_little_memory(bool isDeclared)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        application.ForgetPeaks();

        var accepted = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(async _ =>
        {
            HttpContent content = isDeclared ? new ByteArrayContent(application.LargeBody) : new ChunkedContent(s_megabyte, Large);
            content.Headers.ContentType = new("application/json");
            try
            {
                using var response = await http.PostAsync(new Uri(Gateway.Address, "auth/login"), content, TestContext.Current.CancellationToken);
                return response.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                // The client was still sending and saw only the closed connection.
                return false;
            }
        }));

        application.AssertGrowth($"refused bodies, {(isDeclared ? "declared" : "in chunks")}");
        Assert.All(accepted, Assert.False);
    }

    [Fact]
    public async Task Twenty_clients_that_stop_reading_take_little_memory_and_are_cut_off()
    {
        var user = Gateway.NewUser();
        var id = await UploadAsync(user, "large.bin", Large);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectAsync }) { Timeout = TimeSpan.FromMinutes(10) };
        application.ForgetPeaks();
        var mark = Gateway.Log.Count;

        var responses = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(_ => OpenAsync(http, user, id)));
        await Eventually.UntilAsync(() => Gateway.Log.Skip(mark).Count(line => line.Contains("The client was cut off", StringComparison.Ordinal)) >= Transfers);

        application.AssertGrowth("downloads that nobody reads");
        foreach (var response in responses)
        {
            await Assert.ThrowsAnyAsync<Exception>(async () => await ReadAsync(response));
            response.Dispose();
        }
    }

    [Fact]
    public async Task A_client_that_sends_too_slowly_is_cut_off_and_nothing_stays()
    {
        var user = Gateway.NewUser();

        try
        {
            // Far slower than the minimum of this gateway, 64 KiB a second.
            using var response = await user.SendAsync(HttpMethod.Post, "files?filename=slow.bin", new TricklingContent());
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
        catch (HttpRequestException)
        {
            // The client was still sending and saw only the closed connection.
        }

        Assert.Empty(await user.FilesAsync());
        await Eventually.UntilAsync(() => Gateway.BlobsOf(user.Id).Count == 0);
    }

    private static async Task<string> UploadAsync(GatewayUser user, string filename, int megabytes) =>
        (await user.SendAsync(HttpMethod.Post, $"files?filename={filename}", new ChunkedContent(s_megabyte, megabytes)).JsonAsync(HttpStatusCode.Created)).Text("id");

    private async Task<long> DrainAsync(GatewayUser user, string id)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var response = await OpenAsync(http, user, id);
        return await ReadAsync(response);
    }

    private async Task<HttpResponseMessage> OpenAsync(HttpClient http, GatewayUser user, string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Gateway.Address, $"files/{id}/content"));
        request.Headers.Add("Authorization", $"Bearer {user.Token}");
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response;
    }

    private static async Task<long> ReadAsync(HttpResponseMessage response)
    {
        await using var content = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        long size = 0;
        for (var read = 1; read > 0; size += read)
        {
            read = await content.ReadAsync(buffer);
        }
        return size;
    }

    // With a small receive buffer, the host notices sooner that the client does not read.
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 4096 };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static byte[] Megabyte()
    {
        var megabyte = new byte[1_000_000];
        Random.Shared.NextBytes(megabyte);
        return megabyte;
    }

    private sealed class TricklingContent : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            while (true)
            {
                await stream.WriteAsync(s_megabyte.AsMemory(0, 100));
                await stream.FlushAsync();
                await Task.Delay(100);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    public sealed class Application : IAsyncLifetime
    {
        private AzuriteServer? _azurite;
        private long _idleHost;
        private long _idleWorker;

        public GatewayApplication Gateway { get; private set; } = null!;

        /// <summary>A body that is much too large for JSON.</summary>
        public byte[] LargeBody { get; } = new byte[Large * 1024 * 1024];

        public async ValueTask InitializeAsync()
        {
            _azurite = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
            Gateway = await GatewayApplication.StartAsync(new GatewayOptions
            {
                Name = "memory",
                Azurite = _azurite,
                Settings = new Dictionary<string, string?>
                {
                    // Twenty transfers at once are slow on the emulator.
                    ["StorageTimeout"] = "00:01:00",
                    ["Http__MinBytesPerSecond"] = "65536",
                    // Longer than a busy machine stalls.
                    ["Http__SlowClientTimeout"] = "00:01:00",
                    ["Http__SlowReaderTimeout"] = "00:01:00",
                },
            });
            // Memory that the first requests allocate does not count as growth.
            var user = Gateway.NewUser();
            await user.DownloadAsync((await user.UploadAsync("first.txt")).Text("id"));
            _idleHost = PeakOf(Gateway.HostId);
            _idleWorker = PeakOf(Gateway.WorkerId);
        }

        /// <summary>Resets the peaks of the working sets.</summary>
        public void ForgetPeaks()
        {
            // proc(5): 5 resets the peak of the working set.
            File.WriteAllText($"/proc/{Gateway.HostId}/clear_refs", "5");
            File.WriteAllText($"/proc/{Gateway.WorkerId}/clear_refs", "5");
        }

        /// <summary>Fails when the host or the worker had a much larger working set than after its first requests.</summary>
        public void AssertGrowth(string of)
        {
            var (host, worker) = (PeakOf(Gateway.HostId) - _idleHost, PeakOf(Gateway.WorkerId) - _idleWorker);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{of}: the host had {host >> 20} MB more than {_idleHost >> 20}, the worker {worker >> 20} MB more than {_idleWorker >> 20}");
            Assert.True(host < MaxGrowth, $"{of} took {host >> 20} MB in the host.");
            Assert.True(worker < MaxGrowth, $"{of} took {worker >> 20} MB in the worker.");
        }

        public async ValueTask DisposeAsync()
        {
            await Gateway.DisposeAsync();
            await _azurite!.DisposeAsync();
        }

        // The peak of the working set since the last reset.
        private static long PeakOf(int processId)
        {
            var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
    }
}
