using System.Globalization;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Hosting;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpFunctions.Functions.Operations;

/// <summary>
/// Writes what this instance has counted to Redis, once a step, and reads what all instances have written. If Redis is down, the steps wait in memory, as
/// far as the series reach back. What Redis loses is lost.
/// </summary>
/// <param name="sums">What this instance has counted.</param>
/// <param name="redis">The connection.</param>
/// <param name="deadLetters">Counts the dead letters.</param>
/// <param name="options">Names the consumers.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Logs steps that could not be written.</param>
public sealed class DeliverySeries(
    DeliverySums sums, RedisConnection redis, DeadLetters deadLetters, IOptions<DeliveryOptions> options, TimeProvider time, ILogger<DeliverySeries> logger)
    : RestartingService(time, logger)
{
    /// <summary>The length of a step.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(10);

    /// <summary>The steps of the series, the running one among them.</summary>
    public const int Steps = 90;

    private const int MaxCounted = 1_000;
    private const string Counts = "counts";
    private const string Lag = "lag";
    private const string Sampled = "sampled";
    private const string DeadLettersField = "deadLetters";
    private const string Health = "health";
    private const string Sampler = "sampler";

    // Longer than the series, since clocks differ.
    private static readonly TimeSpan Lifetime = Step * Steps + TimeSpan.FromMinutes(5);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(1);

    private readonly Queue<(long Number, string Id, DeliverySums.Sums Sums)> unwritten = new();

    /// <summary>Writes what this instance has counted since the last call.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>A task that ends when Redis has it.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached. The next call tries again.</exception>
    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        // It is called at the end of a step, or a little later.
        unwritten.Enqueue((NumberOf(Time.GetUtcNow() - Step / 2), $"{Guid.NewGuid():N}", sums.Take()));
        while (unwritten.Count > Steps)
        {
            unwritten.Dequeue();
        }

        while (unwritten.TryPeek(out (long Number, string Id, DeliverySums.Sums Sums) next))
        {
            bool isSampler = await WriteAsync(next.Number, next.Id, next.Sums, cancellationToken);
            unwritten.Dequeue();
            if (isSampler && unwritten.Count == 0)
            {
                await CountDeadLettersAsync(next.Number, cancellationToken);
            }
        }
    }

    /// <summary>Reads the series of all instances.</summary>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>The series up to now.</returns>
    /// <exception cref="DependencyUnavailableException">Redis cannot be reached.</exception>
    public async Task<SeriesResponse> ReadAsync(CancellationToken cancellationToken)
    {
        long first = NumberOf(Time.GetUtcNow()) - Steps + 1;
        HashEntry[][] hashes = await redis.RunEachAsync(
            "HGETALL", Enumerable.Range(0, Steps), (batch, index) => batch.HashGetAllAsync(EventKeys.SeriesOf(first + index)), cancellationToken);
        StepValues[] steps = [.. hashes.Select(hash => new StepValues(hash))];
        string[] components = [.. steps.SelectMany(step => step.NamesOf(Health)).Distinct().Order(StringComparer.Ordinal)];
        return new SeriesResponse(
            (int)Step.TotalSeconds,
            TimeOf(first),
            TimeOf(first + Steps),
            [.. steps.Select(step => step.Number(DeliverySums.Events) ?? 0)],
            [.. options.Value.ConsumerNames.Select(name => ConsumerOf(name, steps))],
            [.. components.Select(component => new HealthSeries(component, [.. steps.Select(step => step.Text(Health, component))]))]);
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var late = new CancellationTokenSource(StopTimeout);
        await TryAsync(() => WriteBestEffortAsync(late.Token), CancellationToken.None);
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await Task.Delay(TimeOf(NumberOf(Time.GetUtcNow()) + 1) - Time.GetUtcNow(), Time, stoppingToken);
            await WriteBestEffortAsync(stoppingToken);
        }
    }

    private async Task WriteBestEffortAsync(CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(cancellationToken);
        }
        catch (Exception exception) when (RedisConnection.IsFailure(exception) || exception is OperationCanceledException)
        {
            // The steps wait for the next time. Nothing may fail because nobody can watch it.
        }
    }

    /// <summary>Writes what an instance has counted in a step. After a lost reply, the same call again changes nothing.</summary>
    /// <returns>True for the one instance that samples for all in this step.</returns>
    internal Task<bool> WriteAsync(long number, string id, DeliverySums.Sums step, CancellationToken cancellationToken) => redis.RunAsync(
        "EXEC",
        async database =>
        {
            RedisKey key = EventKeys.SeriesOf(number);
            // A transaction, so that no hash stays without a lifetime.
            ITransaction transaction = database.CreateTransaction();
            Task[] writes =
            [
                transaction.HashSetAsync(key, [new HashEntry(FieldOf(Counts, id), CountsOf(step)), .. NotesOf(step)]),
                transaction.HashSetAsync(key, Sampler, id, When.NotExists),
                transaction.KeyExpireAsync(key, Lifetime),
            ];
            Task<RedisValue> sampler = transaction.HashGetAsync(key, Sampler);
            await transaction.ExecuteAsync();
            await Task.WhenAll(writes);
            return await sampler == id;
        },
        cancellationToken);

    // One field for each instance, with a count in each line: readers add them up.
    private static string CountsOf(DeliverySums.Sums step) =>
        string.Join('\n', step.Counts.Select(each => FieldOf(each.Key.Name, each.Key.Consumer, each.Key.Bucket, each.Value)));

    private static IEnumerable<HashEntry> NotesOf(DeliverySums.Sums step)
    {
        foreach (((string consumer, string type), DeliverySums.PairLag lag) in step.Lags)
        {
            yield return new HashEntry(FieldOf(Sampled, consumer), 1);
            // Most pairs have handled all.
            if (lag.Events > 0)
            {
                yield return new HashEntry(
                    FieldOf(Lag, consumer, type), string.Create(CultureInfo.InvariantCulture, $"{lag.Events} {lag.Oldest.TotalSeconds:F3} {lag.Pending}"));
            }
        }

        foreach ((string component, string status) in step.Health)
        {
            yield return new HashEntry(FieldOf(Health, component), status);
        }
    }

    private async Task CountDeadLettersAsync(long number, CancellationToken cancellationToken)
    {
        foreach (string consumer in options.Value.ConsumerNames)
        {
            int count;
            try
            {
                count = await deadLetters.CountAsync(consumer, MaxCounted, cancellationToken);
            }
            catch (DependencyUnavailableException)
            {
                // Storage is down: no sample.
                return;
            }

            await redis.RunAsync("HSET", database => database.HashSetAsync(EventKeys.SeriesOf(number), FieldOf(DeadLettersField, consumer), count), cancellationToken);
        }
    }

    private static ConsumerSeries ConsumerOf(string name, StepValues[] steps)
    {
        Dictionary<int, long>[] latencies = [.. steps.Select(step => step.LatencyOf(name))];
        (long Events, double Seconds, long Pending)?[] lags = [.. steps.Select(step => step.LagOf(name))];
        return new ConsumerSeries
        {
            Name = name,
            Handled = [.. steps.Select(step => step.Number(DeliverySums.Handled, name) ?? 0)],
            Recovered = [.. steps.Select(step => step.Number(DeliverySums.Recovered, name) ?? 0)],
            Failed = [.. steps.Select(step => step.Number(DeliverySums.Failed, name) ?? 0)],
            LatencyMedian = [.. latencies.Select(counts => LatencyBuckets.Quantile(counts, 0.5))],
            LatencyP99 = [.. latencies.Select(counts => LatencyBuckets.Quantile(counts, 0.99))],
            Lag = [.. lags.Select(lag => lag?.Events)],
            LagSeconds = [.. lags.Select(lag => lag?.Seconds)],
            Pending = [.. lags.Select(lag => lag?.Pending)],
            DeadLetters = [.. steps.Select(step => step.Number(DeadLettersField, name))],
        };
    }

    private static string FieldOf(params object?[] parts) => string.Join(' ', parts.Where(part => part is not null));

    private static long NumberOf(DateTimeOffset at) => at.ToUnixTimeMilliseconds() / (long)Step.TotalMilliseconds;

    private static DateTimeOffset TimeOf(long number) => DateTimeOffset.FromUnixTimeMilliseconds(number * (long)Step.TotalMilliseconds);

    // The hash of a step. Its fields are names with spaces between their parts.
    private sealed class StepValues(HashEntry[] hash)
    {
        private readonly Dictionary<string, RedisValue> values = Read(hash);

        public long? Number(params string[] name) => Find(name) is { IsNull: false } value && value.TryParse(out long number) ? number : null;

        public string? Text(params string[] name) => Find(name);

        public IEnumerable<string> NamesOf(string name) => Below(name).Select(each => each.Name);

        public Dictionary<int, long> LatencyOf(string consumer) =>
            Below($"{DeliverySums.Latency} {consumer}").ToDictionary(each => int.Parse(each.Name, CultureInfo.InvariantCulture), each => (long)each.Value);

        public (long Events, double Seconds, long Pending)? LagOf(string consumer)
        {
            if (Find(Sampled, consumer).IsNull)
            {
                return null;
            }

            string[][] pairs = [.. Below($"{Lag} {consumer}").Select(each => ((string)each.Value!).Split(' '))];
            return (
                pairs.Sum(pair => long.Parse(pair[0], CultureInfo.InvariantCulture)),
                pairs.Select(pair => double.Parse(pair[1], CultureInfo.InvariantCulture)).DefaultIfEmpty().Max(),
                pairs.Sum(pair => long.Parse(pair[2], CultureInfo.InvariantCulture)));
        }

        private static Dictionary<string, RedisValue> Read(HashEntry[] hash)
        {
            Dictionary<string, RedisValue> values = hash.ToDictionary(entry => (string)entry.Name!, entry => entry.Value);
            foreach (string line in hash
                .Where(entry => entry.Name.StartsWith(FieldOf(Counts, "")))
                .SelectMany(entry => ((string)entry.Value!).Split('\n', StringSplitOptions.RemoveEmptyEntries)))
            {
                int end = line.LastIndexOf(' ');
                values[line[..end]] = (long)values.GetValueOrDefault(line[..end]) + long.Parse(line.AsSpan(end + 1), CultureInfo.InvariantCulture);
            }

            return values;
        }

        private RedisValue Find(params string[] name) => values.GetValueOrDefault(string.Join(' ', name));

        private IEnumerable<(string Name, RedisValue Value)> Below(string prefix) => values
            .Where(each => each.Key.Length > prefix.Length && each.Key[prefix.Length] == ' ' && each.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(each => (each.Key[(prefix.Length + 1)..], each.Value));
    }
}
