using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using McpFunctions.TestServers;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Counts the calls of storage that uploads make at 40 a second, with what follows them in the audit log and in the relay.</summary>
public sealed partial class CallsOfUploadsTests(ProxiedFaults faults) : IClassFixture<ProxiedFaults>, IDisposable
{
    private const int UploadsPerSecond = 40;

    private const int Users = 8;

    private const int Uploads = 25 * Users;

    // Uploads that a stall of the machine may meet: storage is asked again, or whether a transaction has committed.
    private const int Disturbed = Uploads / 10;

    // The relay runs every five seconds. It reads the events of each user and logs and deletes by partition, however many events there are.
    private const int CallsOfPass = Users + 2 + (2 * HourShards) + OutboxShards;

    private const int HourShards = 4;

    private const int OutboxShards = 16;

    private const int IdlePasses = 2;

    // Once a minute for each session.
    private const string SessionUse = "use of the session";

    private readonly ConcurrentQueue<Call> _calls = [];

    private enum Work
    {
        Other,
        Request,
        Audit,
        Relay,
        RelayPass,
    }

    // The client of storage sends an id with each call, the same when it tries again.
    private sealed record Call(string Id, string Trace, string Name, Work Work, int Rows);

    /// <summary>Stops counting.</summary>
    public void Dispose() => faults.Mend();

    [Fact]
    public async Task Uploads_at_40_a_second_make_four_calls_each_and_share_the_others()
    {
        var users = Enumerable.Range(0, Users).Select(_ => faults.Gateway.NewUser()).ToArray();
        // The first upload creates tables and learns the user's counts.
        await Task.WhenAll(users.Select(UploadAsync));
        await AuditedAsync(Users);

        faults.Storage.Fault = faults.Blobs.Fault = Count;
        var elapsed = Stopwatch.StartNew();
        var traces = await Task.WhenAll(users.Select((user, place) => UploadAllAsync(user, place, elapsed)));
        var seconds = elapsed.Elapsed.TotalSeconds;
        await AuditedAsync(Users + Uploads);
        var outbox = new TableClient(faults.Gateway.Azurite.ConnectionString, "Pending");
        await FaultRound.CheckUntilAsync(async () => !await outbox.QueryAsync<TableEntity>(maxPerPage: 1).AnyAsync());
        var busy = TakeCalls(traces);
        await Eventually.UntilAsync(() => _calls.Count(call => call.Work == Work.RelayPass) > IdlePasses);
        var idle = TakeCalls([]);

        double Of(Work work) => busy.Count(call => call.Work == work) / (double)Uploads;
        var passes = busy.Count(call => call.Work == Work.RelayPass);
        var others = busy.Count(call => call.Work == Work.Other);
        var othersOfPass = idle.Count(call => call.Work == Work.Other) / (double)IdlePasses;
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Uploads / seconds:0} uploads a second. Calls of an upload: {Of(Work.Request):0.00} of the request, {Of(Work.Audit):0.00} of the audit log "
            + $"({busy.Sum(call => call.Rows) / (Uploads * Of(Work.Audit)):0.00} rows each), {Of(Work.Relay):0.00} of the relay. {passes} passes, {others} other calls; {othersOfPass:0} in an idle pass."));

        var requests = busy.Where(call => call.Work == Work.Request && call.Name != SessionUse).GroupBy(call => call.Trace).ToDictionary(
            request => request.Key, request => string.Join(", ", request.Select(call => call.Name).Order(StringComparer.Ordinal)));
        Assert.InRange(requests.Count, Uploads - Disturbed, Uploads);
        Assert.InRange(requests.Values.Count(calls => calls != "blob, outbox entry, session, transaction"), 0, Disturbed);
        // On a slow machine, each row has a call of its own.
        Assert.InRange(busy.Count(call => call.Work == Work.Audit), 1, Uploads + Disturbed);
        Assert.All(PassesOf(busy), calls => Assert.InRange(calls, 0, CallsOfPass));
        // Nothing else is called for each upload.
        Assert.InRange(others, 0, (2 * othersOfPass * (passes + 1)) + (Uploads / 2));
    }

    private static IEnumerable<int> PassesOf(IEnumerable<Call> calls)
    {
        var count = 0;
        foreach (var call in calls)
        {
            if (call.Work == Work.RelayPass)
            {
                yield return count;
                count = 0;
            }
            count += call.Work == Work.Relay ? 1 : 0;
        }
        yield return count;
    }

    // Sends what one user sends, at random times: one upload after another, so that no two change the user's counts at once. Returns the traces of
    // those that were stored.
    [SuppressMessage("Security", "CA5394:Do not use insecure randomness", Justification = "Times of requests.")]
    private static async Task<IReadOnlyList<string>> UploadAllAsync(GatewayUser user, int place, Stopwatch elapsed)
    {
        var random = new Random(place);
        var due = TimeSpan.Zero;
        List<string> traces = [];
        for (var number = 0; number < Uploads / Users; number++)
        {
            // Requests that come independently of each other: the times between them have an exponential distribution.
            due += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) * Users / UploadsPerSecond);
            if (due - elapsed.Elapsed is var wait && wait > TimeSpan.Zero)
            {
                await Task.Delay(wait, TestContext.Current.CancellationToken);
            }
            traces.Add(await UploadAsync(user));
        }
        return traces;
    }

    private static Task<string> UploadAsync(GatewayUser user) => Eventually.GetAsync(
        async () =>
        {
            // The client of storage sends the trace of the request along.
            using var activity = new Activity("upload").SetParentId(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom()).Start();
            using var response = await user.PostRawAsync("calls.txt", new byte[1024]);
            return response.StatusCode == HttpStatusCode.Created ? activity.TraceId.ToHexString() : "";
        },
        trace => trace.Length > 0);

    private Task AuditedAsync(int uploads)
    {
        var audit = new TableClient(faults.Gateway.Azurite.ConnectionString, "Audit");
        return FaultRound.CheckUntilAsync(async () => await audit.QueryAsync<TableEntity>("Type eq 'file.uploaded'", select: ["RowKey"]).CountAsync() >= uploads);
    }

    private ProxyFault Count(HttpRequest request)
    {
        var call = ProxiedCall.Of(request);
        var trace = request.Headers.TraceParent.ToString().Split('-') is [_, var id, ..] ? id : "";
        var rows = call.Is("POST|BATCH", "/Audit") ? Uploaded().Count(call.Text) : 0;
        _calls.Enqueue(new Call(request.Headers["x-ms-client-request-id"].ToString(), trace, NameOf(call), rows > 0 ? Work.Audit : WorkOf(call), rows));
        return ProxyFault.None;
    }

    private static Work WorkOf(ProxiedCall call) =>
        // One query of all parts of the outbox.
        call.Is("GET", "/Pending()", "!filter") ? Work.RelayPass
        : call.Is("GET", "/Pending()") || call.Is("BATCH", "/Pending(") || call.Is("BATCH", "/Log(") || call.Is("GET", "/Gateway()", "'event:") ? Work.Relay
        : Work.Other;

    private static string NameOf(ProxiedCall call) => call.Is("BATCH", "'session:") ? SessionUse : StorageCallNames.Of(call);

    // The calls since the last time, each once.
    private Call[] TakeCalls(IEnumerable<IEnumerable<string>> requests)
    {
        var traces = requests.SelectMany(each => each).ToHashSet();
        List<Call> taken = [];
        while (_calls.TryDequeue(out var call))
        {
            taken.Add(call.Work == Work.Other && traces.Contains(call.Trace) ? call with { Work = Work.Request } : call);
        }
        return [.. taken.DistinctBy(call => call.Id)];
    }

    [GeneratedRegex("\"Type\":\"file\\.uploaded\"")]
    private static partial Regex Uploaded();
}
