using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using McpFunctions.EndToEnd.Tests.Documentation;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Fuzz;

/// <summary>Sends generated requests to a gateway in parallel, and collects everything that is wrong.</summary>
internal sealed class FuzzRun
{
    private const int Concurrency = 8;

    /// <summary>The maximum time of a response, beyond the time that the request asks to wait.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    // On a busy machine one slow response proves nothing: the request is sent again, alone, before it counts.
    private const int TriesAlone = 3;
    private static readonly TimeSpan s_deadlineAlone = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_responseTimeout = Eventually.DefaultDeadline;

    private readonly GatewayApplication _gateway;
    private readonly ApiDescription _api;
    private readonly RequestFactory _factory;
    private readonly StoredState _state;
    private readonly ConcurrentQueue<string> _complaints = new();
    private readonly ConcurrentDictionary<string, int> _statuses = new();
    private readonly ConcurrentDictionary<string, int> _kinds = new();
    private readonly HashSet<string> _accepted = [];
    private readonly HashSet<string> _allowed = [];
    private int _askedAgain;

    private FuzzRun(GatewayApplication gateway, ApiDescription api, IReadOnlyList<FuzzUser> users, int seed)
    {
        (_gateway, _api) = (gateway, api);
        _state = new StoredState(gateway);
        _factory = new RequestFactory(api, users, NewThrowAway, $"localhost:{gateway.Address.Port}", seed);
    }

    /// <summary>Everything that was wrong.</summary>
    public IReadOnlyCollection<string> Complaints => _complaints;

    /// <summary>How many requests were sent.</summary>
    public int Sent { get; private set; }

    /// <summary>Prepares users and state.</summary>
    public static async Task<FuzzRun> PrepareAsync(GatewayApplication gateway, int seed)
    {
        var document = await gateway.Http.GetAsync("openapi.json", TestContext.Current.CancellationToken).JsonAsync();
        var api = new ApiDescription(document);
        List<FuzzUser> users = [];
        foreach (var role in new[] { "user", "user", "admin" })
        {
            var user = await gateway.NewSignedInAsync(role);
            var scopes = (await user.GetAsync("auth/me").JsonAsync()).Items("scopes");
            var issued = await user.PostAsync("apikeys", new { name = "fuzz", scopes }).JsonAsync(System.Net.HttpStatusCode.Created);
            gateway.Confidential(issued.Text("key").Split('_')[2]);
            users.Add(new FuzzUser(user, issued.Text("key")));
        }
        var run = new FuzzRun(gateway, api, users, seed);
        await run._state.BeginAsync();
        return run;
    }

    /// <summary>Sends the next requests, and checks the stored state after all responses.</summary>
    public async Task SendAsync(int count)
    {
        var exchanges = new ConcurrentBag<Exchange>();
        var suspects = new ConcurrentBag<FuzzRequest>();
        var next = Sent;
        var end = Sent + count;
        await Task.WhenAll(Enumerable.Range(0, Concurrency).Select(_ => Task.Run(async () =>
        {
            using var connection = new RawConnection(_gateway.Address.Port);
            while (Interlocked.Increment(ref next) is var number && number <= end)
            {
                var request = _factory.Make(number);
                if (await TryAsync(connection, request) is { } exchange)
                {
                    exchanges.Add(exchange);
                    if (IsSuspect(exchange, Deadline))
                    {
                        suspects.Add(request);
                    }
                    else
                    {
                        await CheckAsync(exchange);
                    }
                }
                else
                {
                    suspects.Add(request);
                }
            }
        })));
        Sent = end;
        foreach (var request in suspects)
        {
            await AskAloneAsync(request, exchanges);
        }

        _accepted.UnionWith(exchanges.Where(exchange => exchange.IsAccepted).Select(exchange => exchange.Response!.CorrelationId!));
        _allowed.UnionWith(exchanges.Where(
            exchange => exchange.Response is { CorrelationId: not null, Status: < 300 or 404 or 409 or 412 }).Select(exchange => exchange.Response!.CorrelationId!));
        foreach (var change in await _state.UnexplainedAsync(exchanges))
        {
            _complaints.Enqueue(change);
        }
    }

    /// <summary>Checks the audit log, the stored contents and the dead letters at the end.</summary>
    public async Task EndAsync()
    {
        await Eventually.UntilAsync(async () => await _state.UnauditedAsync() == 0);
        foreach (var complaint in (await _state.UnexplainedAuditAsync(_accepted, _allowed)).Concat(await _state.UnexplainedContentAsync()))
        {
            _complaints.Enqueue(complaint);
        }
        foreach (var letter in (await _gateway.NewUser().GetAsync("dead-letters").JsonAsync()).Items("items"))
        {
            _complaints.Enqueue($"A dead letter: {letter}");
        }
    }

    /// <summary>Counts of the requests and of their responses.</summary>
    public string Report() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Sent} requests ({Counts(_kinds)}), {_askedAgain} sent again alone, {_state.EventIds.Count} events; responses {Counts(_statuses)}");

    private static string Counts(IEnumerable<KeyValuePair<string, int>> counts) =>
        string.Join(", ", counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => $"{count.Key}: {count.Value}"));

    // A slow response, or a dependency that did not respond in time, may come from a busy machine.
    private static bool IsSuspect(Exchange exchange, TimeSpan deadline) =>
        exchange.Time > deadline + exchange.Request.Wait || (exchange.Response?.Status == 503 && !exchange.Request.IsOfHealth) || (exchange.Response is null && !exchange.Request.IsBroken);

    private static async Task<Exchange?> TryAsync(RawConnection connection, FuzzRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            var response = await connection.SendAsync(request.Bytes, request.Method == "HEAD", request.IsBroken, s_responseTimeout);
            return new Exchange(request, response, Stopwatch.GetElapsedTime(started));
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private async Task AskAloneAsync(FuzzRequest request, ConcurrentBag<Exchange> exchanges)
    {
        Exchange? last = null;
        for (var tries = 0; tries < TriesAlone; tries++)
        {
            _askedAgain++;
            using var connection = new RawConnection(_gateway.Address.Port);
            last = await TryAsync(connection, request);
            if (last is not null)
            {
                exchanges.Add(last);
                if (!IsSuspect(last, s_deadlineAlone))
                {
                    await CheckAsync(last);
                    return;
                }
            }
        }
        _complaints.Enqueue($"Sent again alone {TriesAlone} times, it was too slow, closed or 503: {last?.ToString() ?? $"no response to {request}"}");
    }

    private async Task CheckAsync(Exchange exchange)
    {
        _kinds.AddOrUpdate(exchange.Request.Kind, 1, (_, count) => count + 1);
        _statuses.AddOrUpdate(
            exchange.Response is { } responded ? $"{responded.Status}{(responded.CorrelationId is null ? " (host)" : "")}" : "closed", 1, (_, count) => count + 1);
        List<string> broken = [.. ResponseRules.Broken(exchange)];
        if (broken.Count == 0 && exchange is { Response: { CorrelationId: not null } response, Request: { IsBroken: false, Path: { } path } request }
            && _api.Find(request.Method, path) is not null)
        {
            using var message = response.ToMessage(new HttpRequestMessage(new HttpMethod(request.Method), $"http://localhost/api{path}"));
            broken.AddRange(await OpenApiContract.ViolationOfAsync(message) is { } violation ? [$"it violates the OpenAPI document: {violation}"] : []);
            Remember(request, response);
        }
        foreach (var complaint in broken)
        {
            _complaints.Enqueue($"{complaint}: {exchange}");
        }
    }

    // The test itself writes its session to storage.
    private GatewayUser NewThrowAway()
    {
        var user = _gateway.NewUser("user");
        _state.MadeUsers.TryAdd(user.Id, true);
        return user;
    }

    // Later requests may read, change and delete the created item.
    private static void Remember(FuzzRequest request, RawResponse response)
    {
        if (request.By is { } by && response.Status is 201 or 202 && response.Header("Location") is { } location)
        {
            by.Remember(location.Split('/')[^2], location.Split('/')[^1]);
        }
    }
}
