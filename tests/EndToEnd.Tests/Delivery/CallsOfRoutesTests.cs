using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using McpFunctions.EndToEnd.Tests.Mcp;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Counts the calls that each route makes to storage and Redis, and compares them with the table in docs/calls.md.</summary>
public sealed class CallsOfRoutesTests(ProxiedFaults faults) : IClassFixture<ProxiedFaults>, IDisposable
{
    private const int MaxRounds = 8;

    private const string NewPassword = "a-new-password-for-calls";

    private static readonly string[] s_scopes = ["files:read"];

    private static readonly string[] s_types = ["file.uploaded"];

    private static readonly string[] s_open = ["openapi.json", "asyncapi.json", "docs", "console", ".well-known/oauth-protected-resource"];

    // They stay open, make calls that depend on the time, or belong to a page.
    private static readonly string[] s_others =
    [
        "GET notifications/stream", "GET operations/stream", "GET mcp", "DELETE mcp", "GET health", "GET docs/{asset}", "GET console/{asset}", "GET console/{folder}/{asset}",
    ];

    /// <summary>Stops counting.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task Each_route_makes_the_calls_that_the_table_tells()
    {
        var told = File.ReadLines(Repository.PathOf("docs/calls.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)).ToArray();
        var user = await NewAccountAsync();
        var admin = await NewAccountAsync("admin");
        var letters = await MakeDeadLettersAsync(3 * (MaxRounds + 1));
        // The first request of each kind creates tables, loads scripts and learns the user's counts.
        await RunAllAsync(user, admin, letters, (_, send) => send());
        // A timer may work during a request, and on a slow machine a request may do without Redis: a route may have several lines.
        Dictionary<string, HashSet<string>> seen = [];
        Exception? failure = null;
        var operators = await faults.Gateway.LoginAsync();
        var types = (await faults.Gateway.Http.GetAsync("asyncapi.json").JsonAsync()).At("channels").EnumerateObject().Select(channel => channel.Value.Text("title")).ToArray();
        for (var round = 0; round < MaxRounds && told.Any(line => !seen.Values.Any(lines => lines.Contains(line))); round++)
        {
            // Tokens end.
            operators = await faults.Gateway.LoginAsync();
            // A request that a slow machine refuses ends its round only.
            failure = await Record.ExceptionAsync(() => RunAllAsync(user, admin, letters, CountedAsync)) ?? failure;
        }

        Assert.True(failure is null || seen.Count == told.Length, $"{failure}");
        Assert.Equal((await RoutesAsync()).Except(s_others).Order(StringComparer.Ordinal), seen.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(seen.Count, told.Length);
        Assert.All(seen, each => Assert.True(each.Value.Overlaps(told), $"The table has none of:\n{string.Join('\n', each.Value)}"));

        async Task<HttpResponseMessage> CountedAsync(string route, Func<Task<HttpResponseMessage>> send)
        {
            // A line of the audit log that the route writes may otherwise go with those of the events before, in the trace of another request.
            await Eventually.UntilAsync(async () => (await operators.GetAsync("consumers").JsonAsync()).Items("items").All(consumer => consumer.Number("pending") == 0));
            var (calls, response) = await CountAsync(types, send);
            if (response.IsSuccessStatusCode)
            {
                seen.TryAdd(route, []);
                seen[route].Add(LineOf(route, calls));
            }
            return response;
        }

        static string LineOf(string route, (string Storage, string Redis) calls) =>
            $"| `{route}` | {NumberOf(calls.Storage)} | {calls.Storage} | {calls.Redis} |".Replace("  ", " ", StringComparison.Ordinal);
    }

    private sealed record Account(string Username, string Password);

    private async Task<Account> NewAccountAsync(string role = "user")
    {
        var (_, username, password) = await faults.Gateway.NewAccountAsync(role);
        return new Account(username, password);
    }

    private delegate Task<HttpResponseMessage> Run(string route, Func<Task<HttpResponseMessage>> send);

    private async Task RunAllAsync(Account user, Account admin, Queue<string> letters, Run run) =>
        // Tokens end, so each round signs in anew.
        await RunAllAsync(await faults.Gateway.LoginAsync(user.Username, user.Password), await faults.Gateway.LoginAsync(admin.Username, admin.Password), letters, run);

    private async Task RunAllAsync(GatewayUser user, GatewayUser admin, Queue<string> letters, Run run)
    {
        await RunFilesAsync(user, run);
        await RunWorkAsync(user, run);
        await RunCredentialsAsync(user, admin, run);
        await RunUsersAsync(admin, run);
        await RunOperatorsAsync(user, admin, letters, run);
        foreach (var route in s_open)
        {
            await SendAsync(run, user, $"GET {route}");
        }
    }

    private static async Task RunFilesAsync(GatewayUser user, Run run)
    {
        var file = await ReadIdAsync(await run("POST files", () => user.PostRawAsync("calls.txt", new byte[1024])));
        await SendAsync(run, user, "GET files/{id}", $"files/{file}");
        await SendAsync(run, user, "GET files/{id}/content", $"files/{file}/content");
        await SendAsync(run, user, "GET files/{id}/history", $"files/{file}/history");
        await SendAsync(run, user, "GET files");
        (await run("PUT files/{id}/content", () => user.PutContentAsync(file, new byte[1024]))).EnsureSuccessStatusCode();
        (await run("PATCH files/{id}", () => user.PatchAsync(file, """{"filename": "other.txt"}"""))).EnsureSuccessStatusCode();
        await SendAsync(run, user, "DELETE files/{id}", $"files/{file}");
    }

    private static async Task RunWorkAsync(GatewayUser user, Run run)
    {
        var command = await ReadIdAsync(await SendAsync(run, user, "POST commands", json: new { name = "calls" }));
        await SendAsync(run, user, "GET commands/{id}", $"commands/{command}");
        await SendAsync(run, user, "POST commands/{id}/complete", $"commands/{command}/complete", new { });
        var failing = await ReadIdAsync(await user.PostAsync("commands", new { name = "calls" }));
        await SendAsync(run, user, "POST commands/{id}/fail", $"commands/{failing}/fail", new { error = "calls" });
        await SendAsync(run, user, "GET commands");
        var workflow = await ReadIdAsync(await SendAsync(run, user, "POST workflows", json: new { name = "calls" }));
        await SendAsync(run, user, "GET workflows/{id}", $"workflows/{workflow}");
        await SendAsync(run, user, "POST workflows/{id}/complete", $"workflows/{workflow}/complete", new { status = "succeeded" });
        await SendAsync(run, user, "GET workflows");
        await SendAsync(run, user, "GET notifications");
        await SendAsync(run, user, "POST notifications/tickets", json: new { });
        await SendAsync(run, user, "POST notifications/negotiate", json: new { });
        await SendAsync(run, user, "GET orchestrator/context");
        await SendAsync(run, user, "POST mcp", json: new { jsonrpc = "2.0", id = 1, method = "tools/list" });
    }

    private async Task RunCredentialsAsync(GatewayUser user, GatewayUser admin, Run run)
    {
        var key = await ReadIdAsync(await SendAsync(run, user, "POST apikeys", json: new { name = "calls", scopes = s_scopes }));
        await SendAsync(run, user, "GET apikeys");
        await SendAsync(run, user, "DELETE apikeys/{id}", $"apikeys/{key}");
        await SendAsync(run, user, "GET sessions");
        await SendAsync(run, user, "GET auth/me");

        var (id, username, password) = await faults.Gateway.NewAccountAsync();
        var login = await run("POST auth/login", () => faults.Gateway.PostLoginAsync(username, password));
        login.EnsureSuccessStatusCode();
        var other = await faults.Gateway.LoginAsync(username, password);
        var third = await faults.Gateway.LoginAsync(username, password);
        await SendAsync(run, other, "POST auth/refresh");
        await SendAsync(run, other, "DELETE sessions/{id}", $"sessions/{third.SessionId}");
        await SendAsync(run, other, "POST auth/password", json: new { currentPassword = password, newPassword = NewPassword });
        await SendAsync(run, other, "POST auth/logout");
        await admin.SendAsync(HttpMethod.Delete, $"users/{id}");
    }

    private async Task RunUsersAsync(GatewayUser admin, Run run)
    {
        var username = $"calls-{Guid.NewGuid():N}";
        var id = await ReadIdAsync(await SendAsync(run, admin, "POST users", json: new { username, password = NewPassword, role = "user" }));
        var other = await faults.Gateway.LoginAsync(username, NewPassword);
        var key = await ReadIdAsync(await other.PostAsync("apikeys", new { name = "calls", scopes = s_scopes }));
        await SendAsync(run, admin, "GET users", "users?limit=2");
        await SendAsync(run, admin, "GET users/{id}/sessions", $"users/{id}/sessions");
        await SendAsync(run, admin, "GET users/{id}/apikeys", $"users/{id}/apikeys");
        await SendAsync(run, admin, "DELETE users/{id}/apikeys/{keyId}", $"users/{id}/apikeys/{key}");
        await SendAsync(run, admin, "DELETE users/{id}/sessions/{sessionId}", $"users/{id}/sessions/{other.SessionId}");
        await SendAsync(run, admin, "POST users/{id}/password", $"users/{id}/password", new { password = NewPassword });
        await SendAsync(run, admin, "DELETE users/{id}", $"users/{id}");
    }

    private static async Task RunOperatorsAsync(GatewayUser user, GatewayUser admin, Queue<string> letters, Run run)
    {
        await SendAsync(run, admin, "GET audit", $"audit?userId={user.Id}&limit=10");
        await SendAsync(run, admin, "GET events", $"events?userId={user.Id}&limit=500&{Window()}");
        await SendAsync(run, admin, "GET events/count", $"events/count?consumer=audit&{Window()}");
        await SendAsync(run, admin, "GET consumers");
        await SendAsync(run, admin, "GET operations/series");

        await SendAsync(run, admin, "GET dead-letters", "dead-letters?consumer=notifications&limit=10");
        var letter = $"dead-letters/notifications/{letters.Dequeue()}";
        var detail = await (await SendAsync(run, admin, "GET dead-letters/{consumer}/{eventId}", letter)).Content.ReadAsStringAsync();
        await SendAsync(run, admin, "POST dead-letters/{consumer}/{eventId}/retry", $"dead-letters/notifications/{letters.Dequeue()}/retry");
        await SendAsync(run, admin, "DELETE dead-letters/{consumer}/{eventId}", $"dead-letters/notifications/{letters.Dequeue()}");
        await SendAsync(run, admin, "POST dead-letters/{consumer}/{eventId}/edit", $"{letter}/edit", new { @event = JsonDocument.Parse(detail).RootElement.At("event"), reason = "calls" });
        await SendAsync(run, admin, "POST dead-letters/retry", json: new { consumer = "audit", type = "apikey.created" });

        var replay = await PausedReplayAsync();
        await SendAsync(run, admin, "GET events/replay/{id}", $"events/replay/{replay}");
        await SendAsync(run, admin, "GET events/replay", "events/replay?limit=10");
        await SendAsync(run, admin, "POST events/replay/{id}/resume", $"events/replay/{replay}/resume");
        await SendAsync(run, admin, "POST events/replay/{id}/cancel", $"events/replay/{await PausedReplayAsync()}/cancel");

        // A short replay may end before it is paused.
        Task<string> PausedReplayAsync() => Eventually.GetAsync(
            async () =>
            {
                var id = await ReadIdAsync(await SendAsync(run, admin, "POST events/replay", json: new { consumer = "audit", types = s_types, from = "2020-01-01T00:00:00Z", to = "2020-01-01T00:00:01Z" }));
                return (await run("POST events/replay/{id}/pause", () => admin.PostAsync($"events/replay/{id}/pause"))).IsSuccessStatusCode ? id : "";
            },
            id => id.Length > 0);
    }

    private async Task<IEnumerable<string>> RoutesAsync() =>
        (await faults.Gateway.Http.GetAsync("openapi.json").JsonAsync()).At("paths").EnumerateObject().SelectMany(path =>
            path.Value.EnumerateObject().Where(method => method.Name is "get" or "post" or "put" or "patch" or "delete").Select(method => $"{method.Name.ToUpperInvariant()} {path.Name.TrimStart('/')}"));

    // The log has a partition for each hour.
    private static string Window()
    {
        var now = DateTimeOffset.UtcNow;
        return $"from={now:yyyy-MM-ddTHH:00:00Z}&to={now:yyyy-MM-ddTHH:mm:ssZ}";
    }

    // A replay makes a dead letter of an event that fails once.
    private async Task<Queue<string>> MakeDeadLettersAsync(int count)
    {
        var admin = await faults.Gateway.LoginAsync();
        var bad = await faults.Gateway.NewSignedInAsync();
        faults.Redis.Fault = command => ProxiedCall.Of(command).Is("EVALSHA", ":inbox:entries", bad.Id) ? ProxyFault.Refuse : ProxyFault.None;
        var from = DateTimeOffset.UtcNow;
        for (var number = 0; number < count; number++)
        {
            await bad.UploadAsync($"{number}.txt");
        }
        await admin.PostAsync("events/replay", new { consumer = "notifications", types = s_types, from, to = DateTimeOffset.UtcNow.AddMinutes(1) }).JsonAsync(HttpStatusCode.Accepted);
        var letters = await Eventually.GetAsync(
            async () => (await admin.GetAsync("dead-letters?consumer=notifications&limit=500").JsonAsync()).Items("items")
                .Where(letter => letter.Has("event") && letter.ToString().Contains(bad.Id, StringComparison.Ordinal)).Select(letter => letter.Text("event", "id")).ToArray(),
            found => found.Length >= count);
        faults.Mend();
        return new Queue<string>(letters);
    }

    private static async Task<HttpResponseMessage> SendAsync(Run run, GatewayUser user, string route, string? path = null, object? json = null)
    {
        var response = await run(route, Send);
        Assert.True(response.IsSuccessStatusCode, $"{route}: {response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
        return response;

        Task<HttpResponseMessage> Send() => (route.Split(' '), path) switch
        {
            (["GET", var name], _) => user.GetAsync(path ?? name),
            (["DELETE", var name], _) => user.SendAsync(HttpMethod.Delete, path ?? name),
            (["POST", "mcp"], _) => user.PostMessageAsync(JsonSerializer.Serialize(json)),
            (var words, _) => user.PostAsync(path ?? words[1], json),
        };
    }

    private static async Task<string> ReadIdAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        return (json.TryGetProperty("apiKey", out var key) && key.ValueKind == JsonValueKind.Object ? key : json).GetProperty("id").GetString()!;
    }

    // The calls of the request itself, in the order of the alphabet, since some are made side by side.
    private async Task<((string Storage, string Redis) Calls, HttpResponseMessage Response)> CountAsync(string[] types, Func<Task<HttpResponseMessage>> send)
    {
        ConcurrentBag<string> storage = [];
        ConcurrentBag<string> redis = [];
        // The client of storage sends the trace of the request along.
        using var activity = new Activity("calls").Start();
        var trace = activity.TraceId.ToHexString();
        faults.Storage.Fault = faults.Blobs.Fault = request =>
        {
            if (request.Headers.TraceParent.ToString().Contains(trace, StringComparison.Ordinal) && ProxiedCall.Of(request) is var call && !IsOfConsumer(call))
            {
                storage.Add(StorageCallNames.Of(call));
            }
            return ProxyFault.None;
        };
        faults.Redis.Fault = command =>
        {
            if (NameOf(command) is { } name)
            {
                redis.Add(name);
            }
            return ProxyFault.None;
        };
        var response = await send();
        faults.Mend();
        return ((ListOf(storage), ListOf(redis)), response);

        // The audit log gets the event of the request in the same trace, perhaps before the response.
        bool IsOfConsumer(ProxiedCall call) => types.Any(type => call.Is("POST|BATCH", "/Audit", $"\"Type\":\"{type}\""));
    }

    private static string ListOf(IEnumerable<string> calls) =>
        string.Join(", ", calls.CountBy(call => call).OrderBy(call => call.Key, StringComparer.Ordinal).Select(call => call.Value == 1 ? call.Key : $"{call.Value} × {call.Key}"));

    private static int NumberOf(string calls) => calls.Length == 0 ? 0 : calls.Split(", ").Sum(call => call.Split(" × ") is [var number, _] ? int.Parse(number, CultureInfo.InvariantCulture) : 1);

    // Null for what consumers and timers do meanwhile.
    private static string? NameOf(RedisCommand command) => command.Name switch
    {
        "EVALSHA" => command.Text.Contains("rate:", StringComparison.Ordinal) ? "rate limit"
            // Of the scripts, only that of a publish names a channel.
            : command.Text.Contains(" events:", StringComparison.Ordinal) ? "publish"
            : command.Text.Contains("{events}:trimmed", StringComparison.Ordinal) ? "state of journals"
            : null,
        "HINCRBY" or "HMSET" or "XACK" or "PING" => null,
        var name => command.Text.Contains(":effects", StringComparison.Ordinal) ? null : name,
    };
}
