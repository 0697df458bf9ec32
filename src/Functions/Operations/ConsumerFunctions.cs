using System.Globalization;
using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Delivery;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Operations;

/// <summary>The route with which administrators watch the consumers.</summary>
/// <param name="journal">Reads the state of the journals.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="states">Stores how far each pair has come.</param>
/// <param name="deadLetters">Counts the dead letters.</param>
/// <param name="jobs">Counts the replay jobs.</param>
/// <param name="options">Names the consumers.</param>
/// <param name="ages">Measures how long the oldest events have waited.</param>
public sealed class ConsumerFunctions(
    RedisJournal journal,
    ConsumerStatistics statistics,
    PairStates states,
    DeadLetters deadLetters,
    ReplayJobs jobs,
    IOptions<DeliveryOptions> options,
    JournalAges ages)
{
    private const int MaxCounted = 1_000;

    /// <summary>Show for each consumer how far it is behind, and its dead letters and replays.</summary>
    /// <returns>200 with the list; or a problem.</returns>
    [Function("ListConsumers"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<ConsumerResponse>))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "consumers")] HttpRequest request, CancellationToken cancellationToken)
    {
        ConsumerResponse[] responses = await Task.WhenAll(options.Value.ConsumerNames.Select(name => DescribeAsync(name, cancellationToken)));
        return HttpResults.Json(HttpStatusCode.OK, new Page<ConsumerResponse>(responses, null), OperationJsonContext.Api.PageConsumerResponse);
    }

    private async Task<ConsumerResponse> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> counted = await statistics.ReadAsync(name, cancellationToken);
        IReadOnlyList<string> types = Subscriptions.TypesOf(name);
        JournalStatus status = await journal.StatusAsync(types, cancellationToken);
        (IReadOnlyDictionary<string, PairState> progress, _) = await states.ReadAsync(name, cancellationToken);
        PairResponse[] pairs = [.. types.Select(type => PairOf(type, status.Streams[type], status.Group(name, type), progress.GetValueOrDefault(type)))];
        long? Number(string field) => counted.TryGetValue(field, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        return new ConsumerResponse
        {
            Name = name,
            Delivered = Number(ConsumerStatistics.Delivered) ?? 0,
            Recovered = Number(ConsumerStatistics.Recovered) ?? 0,
            Pending = pairs.Sum(pair => pair.Unread + pair.InFlight + pair.Failed),
            LagSeconds = types.Max(type => ages.Of(name, type, status.Group(name, type))).TotalSeconds,
            DeadLetters = await deadLetters.CountAsync(name, MaxCounted, cancellationToken),
            OpenReplays = await jobs.CountOpenAsync(name, MaxCounted, cancellationToken),
            LowWatermark = progress.Values.Select(state => (DateTimeOffset?)state.LowWatermark).Min(),
            Pairs = pairs,
            LastEventId = counted.GetValueOrDefault("lastEventId"),
            LastEventAt = Number("lastEventAt") is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };
    }

    private static PairResponse PairOf(string type, StreamStatus stream, GroupStatus? group, PairState? state) => new()
    {
        Type = type,
        // A pair without a group has read nothing.
        Unread = group?.Unread ?? stream.Length,
        InFlight = group?.InFlight ?? 0,
        Failed = group?.Failed ?? 0,
        OldestAt = group?.OldestTime,
        LastTickAt = state?.WrittenAt,
    };
}
