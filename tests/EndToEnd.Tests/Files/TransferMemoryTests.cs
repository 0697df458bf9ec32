using System.Globalization;
using System.Net;
using McpFunctions.EndToEnd.Tests.Delivery;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Files;

/// <summary>Files pass through the worker: it never holds one whole. With <c>./test --long</c> they have 100 MB each.</summary>
public sealed class TransferMemoryTests
{
    private const int Transfers = 20;
    private const long MaxGrowth = 150L * 1024 * 1024;

    private static readonly int s_megabytes = FaultRound.IsLong ? 100 : 20;

    [Fact]
    public async Task Twenty_uploads_and_downloads_at_once_take_little_memory()
    {
        await using var azurite = await AzuriteServer.StartAsync(AzuriteStorage.OnDisk);
        await using var gateway = await GatewayApplication.StartAsync(new GatewayOptions
        {
            Name = "memory",
            Azurite = azurite,
            // Twenty at once are more than an emulator likes.
            Settings = new Dictionary<string, string?> { ["StorageTimeout"] = "00:01:00" },
        });
        var user = gateway.NewUser();
        // What the first requests bring with them is no growth.
        await user.DownloadAsync((await user.UploadAsync("first.txt")).Text("id"));
        var before = PeakOf(gateway.WorkerId);
        var megabyte = new byte[1024 * 1024];
        Random.Shared.NextBytes(megabyte);

        var files = await Task.WhenAll(Enumerable.Range(0, Transfers).Select(number => user.SendAsync(
            HttpMethod.Post, $"files?filename={number}.bin", new ChunkedContent(megabyte, s_megabytes)).JsonAsync(HttpStatusCode.Created)));
        var uploads = PeakOf(gateway.WorkerId) - before;
        var sizes = await Task.WhenAll(files.Select(file => DrainAsync(gateway, user, file.Text("id"))));
        var downloads = PeakOf(gateway.WorkerId) - before;

        TestContext.Current.TestOutputHelper?.WriteLine($"{before >> 20} MB before, {uploads >> 20} MB more after the uploads, {downloads >> 20} MB more after the downloads");
        Assert.All(sizes, size => Assert.Equal((long)s_megabytes * megabyte.Length, size));
        Assert.True(uploads < MaxGrowth, $"Uploads took {uploads >> 20} MB.");
        Assert.True(downloads < MaxGrowth, $"Downloads took {downloads >> 20} MB.");
    }

    private static async Task<long> DrainAsync(GatewayApplication gateway, GatewayUser user, string id)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(10) };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Address, $"files/{id}/content"));
        request.Headers.Add("Authorization", $"Bearer {user.Token}");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await using var content = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        long size = 0;
        for (var read = 1; read > 0; size += read)
        {
            read = await content.ReadAsync(buffer);
        }
        return size;
    }

    // The largest working set so far.
    private static long PeakOf(int processId)
    {
        var line = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
