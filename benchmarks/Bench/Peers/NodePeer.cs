using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Peers;

/// <summary>A peer of benchmarks/peers, driven over HTTP.</summary>
internal sealed class NodePeer : IAsyncDisposable
{
    private readonly ChildProcess process;
    private readonly HttpClient http;

    private NodePeer(ChildProcess process, int port)
    {
        this.process = process;
        http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/"), Timeout = TimeSpan.FromMinutes(30) };
    }

    /// <summary>Starts one and waits until it listens.</summary>
    public static async Task<NodePeer> StartAsync(string file, params string[] arguments)
    {
        ChildProcess process = await ChildProcess.StartAsync("node", [Repository.PathOf("benchmarks", "peers", file), .. arguments], name: file);
        try
        {
            string line = await process.WaitForLineAsync("listening on ");
            return new NodePeer(process, int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command.</summary>
    /// <param name="command">Its path and query.</param>
    /// <param name="body">What it needs.</param>
    /// <returns>Its result.</returns>
    public async Task<JsonElement> RunAsync(string command, string body = "")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await http.PostAsync(command, content);
        if (!response.IsSuccessStatusCode)
        {
            throw new BenchException($"{process.Name} failed: {await response.Content.ReadAsStringAsync()}");
        }

        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await process.TerminateAsync();
        await process.DisposeAsync();
    }
}
