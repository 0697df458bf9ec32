using System.Globalization;
using System.Net;
using McpFunctions.Domain;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Outbox;
using McpFunctions.Functions.Recovery;
using McpFunctions.Functions.Redis;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Operations;

/// <summary>The route with which administrators watch the consumers.</summary>
/// <param name="redis">The connection.</param>
/// <param name="statistics">Counts handled events.</param>
/// <param name="states">Stores how far each consumer has come.</param>
/// <param name="deadLetters">Counts the dead letters.</param>
/// <param name="jobs">Counts the replay jobs.</param>
/// <param name="options">Names the consumers.</param>
/// <param name="ages">Measures how long the oldest events have waited.</param>
public sealed class ConsumerFunctions(
    RedisConnection redis,
    ConsumerStatistics statistics,
    ConsumerStates states,
    DeadLetters deadLetters,
    ReplayJobs jobs,
    IOptions<DeliveryOptions> options,
    JournalAges ages)
{
    private const int MaxCounted = 1_000;

    /// <summary>Show for each consumer how far it is behind, and its dead letters and replays.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    /// <returns>200 with the list; or a problem.</returns>
    [Function("ListConsumers"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(Page<ConsumerResponse>))]
    public async Task<IResult> List(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "consumers")] HttpRequest request, CancellationToken cancellationToken)
    {
        ConsumerResponse[] answers = await Task.WhenAll(options.Value.ConsumerNames.Select(name => DescribeAsync(name, cancellationToken)));
        return HttpResults.Json(HttpStatusCode.OK, new Page<ConsumerResponse>(answers, null), OperationJsonContext.Api.PageConsumerResponse);
    }

    private async Task<ConsumerResponse> DescribeAsync(string name, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, string> counted = await statistics.ReadAsync(name, cancellationToken);
        JournalLag? lag = await new JournalGroup(redis, name).LagAsync(cancellationToken);
        ConsumerState? state = await states.FindAsync(name, cancellationToken);
        long? Number(string field) => counted.TryGetValue(field, out string? text) ? long.Parse(text, CultureInfo.InvariantCulture) : null;
        return new ConsumerResponse
        {
            Name = name,
            Delivered = Number(ConsumerStatistics.Delivered) ?? 0,
            Recovered = Number(ConsumerStatistics.Recovered) ?? 0,
            Pending = (lag?.Claimed ?? 0) + (lag?.Unread ?? 0),
            LagSeconds = ages.Of(name, lag).TotalSeconds,
            DeadLetters = await deadLetters.CountAsync(name, MaxCounted, cancellationToken),
            OpenReplays = await jobs.CountOpenAsync(name, MaxCounted, cancellationToken),
            LowWatermark = state?.LowWatermark,
            LastEventId = counted.GetValueOrDefault("lastEventId"),
            LastEventAt = Number("lastEventAt") is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null,
        };
    }
}
