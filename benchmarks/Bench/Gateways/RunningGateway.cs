using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Azure.Data.Tables;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Redis;
using StackExchange.Redis;

namespace McpFunctions.Bench.Gateways;

/// <summary>One or more instances of a gateway on one Redis and one storage account.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private const int PublishedAtOnce = 500;

    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(10);

    private readonly GatewayBuild build;
    private readonly string script;
    private readonly string storage;
    private readonly ConnectionMultiplexer redis;

    private RunningGateway(GatewayBuild build, IReadOnlyList<HostProcess> instances, string storage, ConnectionMultiplexer redis)
    {
        (this.build, Instances, this.storage, this.redis) = (build, instances, storage, redis);
        script = build.PublishScript;
    }

    /// <summary>The instances.</summary>
    public IReadOnlyList<HostProcess> Instances { get; }

    /// <summary>A connection to its Redis.</summary>
    public ConnectionMultiplexer Redis => redis;

    /// <summary>Its database in Redis.</summary>
    public IDatabase Database => redis.GetDatabase();

    /// <summary>A client of the first instance, signed in as the administrator.</summary>
    public HttpClient Http => Instances[0].Http;

    /// <summary>Starts it and signs in.</summary>
    /// <param name="build">The build.</param>
    /// <param name="redis">The connection string of Redis.</param>
    /// <param name="storage">The connection string of storage.</param>
    /// <param name="seenStorage">The connection string for the instances, if it is another: that of a proxy.</param>
    /// <param name="settings">More app settings.</param>
    /// <param name="instances">The number of instances.</param>
    public static async Task<RunningGateway> StartAsync(
        GatewayBuild build, string redis, string storage, string? seenStorage = null, IReadOnlyDictionary<string, string?>? settings = null, int instances = 1)
    {
        List<HostProcess> started = [];
        try
        {
            for (int number = 0; number < instances; number++)
            {
                started.Add(await HostProcess.StartAsync(build, redis, seenStorage ?? storage, settings));
            }

            ConfigurationOptions options = ConfigurationOptions.Parse(redis);
            options.AllowAdmin = true;
            // A burst waits in the client's queue for longer than a request would.
            options.AsyncTimeout = (int)s_deadline.TotalMilliseconds;
            var gateway = new RunningGateway(build, started, storage, await ConnectionMultiplexer.ConnectAsync(options));
            await gateway.LoginAsync();
            return gateway;
        }
        catch
        {
            foreach (HostProcess instance in started)
            {
                await instance.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Publishes committed events as the gateway itself does, by its own script, many at once.</summary>
    public async Task PublishAsync(IReadOnlyList<BenchEvent> events)
    {
        IDatabase database = Database;
        foreach (BenchEvent[] chunk in events.Chunk(PublishedAtOnce))
        {
            await Task.WhenAll(chunk.Select(each => PublishAsync(database, each)));
        }
    }

    /// <summary>Publishes one event.</summary>
    public Task PublishAsync(BenchEvent each) => PublishAsync(Database, each);

    /// <summary>Publishes events at once, and waits until every consumer has their effects.</summary>
    /// <returns>The time until each consumer had them.</returns>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> BurstAsync(IReadOnlyList<BenchEvent> events)
    {
        Dictionary<string, long> before = await HandledAsync();
        long begin = Stopwatch.GetTimestamp();
        return await WaitForEffectsAsync(before, events, begin, PublishAsync(events));
    }

    /// <summary>Waits until every consumer has had the effects of events.</summary>
    /// <param name="before">What <see cref="HandledAsync"/> said before them.</param>
    /// <param name="events">The events.</param>
    /// <param name="begin">The timestamp from which times count.</param>
    /// <param name="publishing">Ends when all of them are published.</param>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> WaitForEffectsAsync(
        Dictionary<string, long> before, IReadOnlyList<BenchEvent> events, long begin, Task publishing)
    {
        RedisKey[] journals = build.HasJournalPerType ? [.. events.Select(each => each.Event.Type).Distinct().Select(EventKeys.JournalOf)] : ["{events}:journal"];
        long checkedAt = begin;
        Dictionary<string, long> target = before.ToDictionary(
            each => each.Key, each => each.Value + events.Count(one => one.Consumers.Contains(each.Key)));
        Dictionary<string, TimeSpan> times = [];
        while (times.Count < target.Count)
        {
            Dictionary<string, long> now = await HandledAsync();
            TimeSpan elapsed = Stopwatch.GetElapsedTime(begin);
            foreach (string consumer in target.Keys.Where(consumer => now[consumer] >= target[consumer]))
            {
                times.TryAdd(consumer, elapsed);
            }

            // A call that timed out may have had its effect, and its next try counts nothing. The consumer has acknowledged it all the same.
            if (publishing.IsCompleted && Stopwatch.GetElapsedTime(checkedAt) > TimeSpan.FromMilliseconds(200))
            {
                await publishing;
                checkedAt = Stopwatch.GetTimestamp();
                foreach (string consumer in await DrainedAsync(journals, target.Keys.Except(times.Keys)))
                {
                    times.TryAdd(consumer, elapsed);
                }
            }

            if (elapsed > s_deadline)
            {
                throw new BenchException($"not all effects after {elapsed.TotalMinutes:0} minutes: {Text(now)} of {Text(target)}");
            }

            await Task.Delay(times.Count < target.Count ? 5 : 0);
        }

        await publishing;
        return times;

        static string Text(Dictionary<string, long> counts) => string.Join(", ", counts.Select(each => $"{each.Key} {each.Value}"));
    }

    // The consumers that have acknowledged every entry of the journals.
    private async Task<List<string>> DrainedAsync(RedisKey[] journals, IEnumerable<string> consumers)
    {
        IDatabase database = Database;
        HashSet<string> drained = [], busy = [];
        foreach (RedisKey journal in journals)
        {
            StreamInfo stream = await database.StreamInfoAsync(journal);
            foreach (StreamGroupInfo group in await database.StreamGroupInfoAsync(journal))
            {
                bool isBusy = group.PendingMessageCount > 0 || group.LastDeliveredId != stream.LastGeneratedId;
                (isBusy ? busy : drained).Add(group.Name);
            }
        }

        return [.. consumers.Where(consumer => drained.Contains(consumer) && !busy.Contains(consumer))];
    }

    /// <summary>
    /// The events that each consumer has handled with a new effect: the counters of GET consumers, read where the gateway keeps them, so that
    /// asking costs the gateway nothing.
    /// </summary>
    public async Task<Dictionary<string, long>> HandledAsync()
    {
        IDatabase database = Database;
        RedisValue[][] counts = await Task.WhenAll(
            Subscriptions.Consumers.Select(consumer => database.HashGetAsync(EventKeys.StatisticsOf(consumer), [ConsumerStatistics.Delivered, ConsumerStatistics.Recovered])));
        return Subscriptions.Consumers.Zip(counts).ToDictionary(each => each.First, each => each.Second.Sum(count => (long)count));
    }

    /// <summary>
    /// Waits until every function has worked off its messages. A function takes them in order, so this publishes one more message, which is no event,
    /// and waits for the dead letter that each consumer makes of it.
    /// </summary>
    public async Task WaitForLastRingAsync(IEnumerable<string> types)
    {
        List<(string Consumer, string Key)> missing = [];
        foreach (string type in types.Distinct())
        {
            string last = $"the last ring {Guid.NewGuid()}";
            string key = $"raw:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(last)))}";
            missing.AddRange(Subscriptions.ConsumersOf(type).Select(consumer => (consumer, key)));
            await redis.GetSubscriber().PublishAsync(RedisChannel.Literal($"events:{type}"), last);
        }

        var table = new TableClient(storage, "DeadLetters");
        long begin = Stopwatch.GetTimestamp();
        while (missing.Count > 0)
        {
            bool[] found = await Task.WhenAll(missing.Select(async each =>
                (await table.GetEntityIfExistsAsync<TableEntity>(each.Consumer, each.Key, ["RowKey"])).HasValue));
            missing = [.. missing.Where((_, index) => !found[index])];
            if (Stopwatch.GetElapsedTime(begin) > s_deadline)
            {
                throw new BenchException($"{missing.Count} functions have not worked off their messages after {s_deadline.TotalMinutes:0} minutes");
            }

            await Task.Delay(missing.Count > 0 ? 20 : 0);
        }
    }

    /// <summary>Looks for the effects of events where users find them: the counters alone would not show an effect that is wrong.</summary>
    /// <param name="events">Events of <see cref="BenchEvent.OneType"/>.</param>
    /// <exception cref="BenchException">An effect is missing.</exception>
    public async Task CheckEffectsAsync(IEnumerable<BenchEvent> events)
    {
        IDatabase database = Database;
        foreach (BenchEvent each in events)
        {
            string id = each.Event.Id;
            string fileId = each.Event.Payload.GetProperty("fileId").GetString()!;
            JsonElement audit = await Http.GetFromJsonAsync<JsonElement>($"audit?resourceId={fileId}");
            bool isInInbox = await database.SortedSetScoreAsync($"{{user:{each.User}}}:inbox:seen", id) is not null;
            bool isInContext = await database.HashScanAsync($"{{user:{each.User}}}:context", $"*{fileId}*").AnyAsync();
            if (audit.GetProperty("items").GetArrayLength() != 1 || !isInInbox || !isInContext)
            {
                throw new BenchException($"event {id} has {audit.GetProperty("items").GetArrayLength()} audit rows, in the inbox: {isInInbox}, in the context: {isInContext}");
            }
        }
    }

    /// <summary>The number of entries that consumers have not acknowledged, as GET consumers says.</summary>
    public async Task<long> PendingAsync() =>
        (await Http.GetFromJsonAsync<JsonElement>("consumers")).GetProperty("items").EnumerateArray().Sum(each => each.GetProperty("pending").GetInt64());

    /// <summary>The processes of all instances.</summary>
    public IReadOnlyList<int> ProcessIds => [.. Instances.SelectMany(instance => instance.ProcessIds)];

    /// <summary>Uploads a file.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> UploadAsync(byte[] content)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        using HttpResponseMessage response = await Http.PostAsync("files?filename=bench.txt", body);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>Signs in as the administrator. A token lives for a quarter of an hour, so long cases do it again.</summary>
    public async Task LoginAsync()
    {
        using HttpResponseMessage response = await Http.PostAsJsonAsync("auth/login", new { username = "admin", password = HostProcess.Password });
        response.EnsureSuccessStatusCode();
        string token = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await redis.DisposeAsync();
        foreach (HostProcess instance in Instances)
        {
            await instance.DisposeAsync();
        }
    }

    private Task<RedisResult> PublishAsync(IDatabase database, BenchEvent each) => database.ScriptEvaluateAsync(
        script,
        build.HasJournalPerType ? [EventKeys.JournalOf(each.Event.Type), EventKeys.PublishedOf(each.Event.Id)] : ["{events}:journal", $"{{events}}:pub:{each.Event.Id}"],
        [
            ((long)RedisJournal.PublishedMarkerLifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            each.Marker, $"events:{each.Event.Type}", each.Body,
        ]);
}
