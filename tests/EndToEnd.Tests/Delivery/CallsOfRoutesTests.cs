using System.Collections.Concurrent;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Counts the calls that each route makes to storage and Redis, and compares them with the table in docs/calls.md.</summary>
[Collection(OneProxiedFaultAtATime.Name)]
public sealed class CallsOfRoutesTests(ProxiedFaults faults) : IDisposable
{
    private const int MaxRounds = 8;

    private static readonly string[] s_scopes = ["files:read"];

    /// <summary>Stops counting.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task Each_route_makes_the_calls_that_the_table_tells()
    {
        var told = File.ReadLines(Repository.PathOf("docs/calls.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToArray();
        var user = await faults.Gateway.NewSignedInAsync();
        // The first request of each kind creates tables, loads scripts and learns the user's counts.
        await RunAllAsync(user, (_, send) => send());
        // A timer may work on an event of the user during a request, which only adds calls.
        var least = new Dictionary<string, (string Storage, string Redis)>();
        var round = 0;
        do
        {
            await RunAllAsync(user, async (route, send) =>
            {
                var counted = await CountAsync(user, send);
                var (storage, redis) = least.GetValueOrDefault(route, counted.Calls);
                least[route] = (Shorter(storage, counted.Calls.Storage), Shorter(redis, counted.Calls.Redis));
                return counted.Response;
            });
        }
        while (++round < MaxRounds && !told.SequenceEqual(least.Select(LineOf)));

        Assert.True(told.SequenceEqual(least.Select(LineOf)), $"The table must be:\n{string.Join('\n', least.Select(LineOf))}");

        static string Shorter(string one, string other) => other.Split(", ").Length < one.Split(", ").Length ? other : one;
        static string LineOf(KeyValuePair<string, (string Storage, string Redis)> each) =>
            $"| `{each.Key}` | {each.Value.Storage.Split(", ").Length} | {each.Value.Storage} | {each.Value.Redis} |";
    }

    private static async Task RunAllAsync(GatewayUser user, Func<string, Func<Task<HttpResponseMessage>>, Task<HttpResponseMessage>> run)
    {
        var file = await ReadIdAsync(await run("POST files", () => user.PostRawAsync("calls.txt", new byte[1024])));
        await GetAsync($"files/{file}", "files/{id}");
        await GetAsync($"files/{file}/content", "files/{id}/content");
        await GetAsync($"files/{file}/history", "files/{id}/history");
        await GetAsync("files", "files");
        (await run("PUT files/{id}/content", () => user.PutContentAsync(file, new byte[1024]))).EnsureSuccessStatusCode();
        (await run("PATCH files/{id}", () => user.PatchAsync(file, """{"filename": "other.txt"}"""))).EnsureSuccessStatusCode();
        (await run("DELETE files/{id}", () => user.DeleteAsync(file))).EnsureSuccessStatusCode();
        var command = await PostAsync("commands", "commands", new { name = "calls" });
        await GetAsync($"commands/{command}", "commands/{id}");
        await PostAsync($"commands/{command}/complete", "commands/{id}/complete", new { });
        var failing = await ReadIdAsync(await user.PostAsync("commands", new { name = "calls" }));
        await PostAsync($"commands/{failing}/fail", "commands/{id}/fail", new { error = "calls" });
        await GetAsync("commands", "commands");
        var workflow = await PostAsync("workflows", "workflows", new { name = "calls" });
        await GetAsync($"workflows/{workflow}", "workflows/{id}");
        await PostAsync($"workflows/{workflow}/complete", "workflows/{id}/complete", new { status = "succeeded" });
        await GetAsync("workflows", "workflows");
        var key = await PostAsync("apikeys", "apikeys", new { name = "calls", scopes = s_scopes });
        await GetAsync("apikeys", "apikeys");
        (await run("DELETE apikeys/{id}", () => user.SendAsync(HttpMethod.Delete, $"apikeys/{key}"))).EnsureSuccessStatusCode();
        await GetAsync("sessions", "sessions");
        await GetAsync("auth/me", "auth/me");
        await GetAsync("notifications", "notifications");
        await GetAsync("orchestrator/context", "orchestrator/context");

        async Task GetAsync(string path, string route) => (await run($"GET {route}", () => user.GetAsync(path))).EnsureSuccessStatusCode();

        async Task<string> PostAsync(string path, string route, object body) => await ReadIdAsync(await run($"POST {route}", () => user.PostAsync(path, body)));
    }

    private static async Task<string> ReadIdAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        return (json.TryGetProperty("apiKey", out var key) && key.ValueKind == JsonValueKind.Object ? key : json).GetProperty("id").GetString()!;
    }

    // The calls of the request itself, in the order of the alphabet, since some are made side by side.
    private async Task<((string Storage, string Redis) Calls, HttpResponseMessage Response)> CountAsync(GatewayUser user, Func<Task<HttpResponseMessage>> send)
    {
        ConcurrentBag<string> storage = [];
        ConcurrentBag<string> redis = [];
        faults.Storage.Fault = faults.Blobs.Fault = request =>
        {
            var call = ProxiedCall.Of(request);
            if (call.Text.Contains(user.Id, StringComparison.Ordinal) && !call.Text.Contains("/Audit", StringComparison.Ordinal) && !call.Text.Contains("/Log", StringComparison.Ordinal))
            {
                storage.Add(NameOf(call, user));
            }
            return ProxyFault.None;
        };
        faults.Redis.Fault = command =>
        {
            // Of the scripts, only that of a publish names a channel. Those of consumers and timers, and the effects, are of the events of a request.
            var name = command.Text.Contains(":effects", StringComparison.Ordinal) ? ""
                : command.Name != "EVALSHA" ? command.Name
                : command.Text.Contains("rate:", StringComparison.Ordinal) ? "rate limit"
                : command.Text.Contains(" events:", StringComparison.Ordinal) ? "publish"
                : "";
            if (name.Length > 0 && command.Text.Contains(user.Id, StringComparison.Ordinal))
            {
                redis.Add(name);
            }
            return ProxyFault.None;
        };
        var response = await send();
        faults.Mend();
        return ((string.Join(", ", storage.Order(StringComparer.Ordinal)), string.Join(", ", redis.Order(StringComparer.Ordinal))), response);
    }

    private static string NameOf(ProxiedCall call, GatewayUser user)
    {
        string[] rows = ["profile", "session:", "file:", "hist:", "event:", "command:", "workflow:", "apikey:", "usage:"];
        return call.Verb == "BATCH" ? "transaction"
            : call.Text.Contains("/Pending", StringComparison.Ordinal) ? "outbox entry"
            : call.Text.Contains($"/files/{user.Id}", StringComparison.Ordinal) ? "blob"
            : call.Verb == "GET" && Array.Find(rows, row => call.Text.Contains($"'{row}", StringComparison.Ordinal)) is { } read ? read.TrimEnd(':')
            : $"{call.Verb} {call.Text.Split(' ')[0]}";
    }
}
