using System.Globalization;
using System.Net;
using McpFunctions.Domain.Events;
using McpFunctions.Domain.Identity;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.Functions.Operations;

/// <summary>Routes with which administrators watch all instances.</summary>
/// <param name="series">The series.</param>
/// <param name="feed">Reads the journals and the effects.</param>
/// <param name="streams">Opens live streams.</param>
/// <param name="time">The clock.</param>
public sealed class WatchFunctions(DeliverySeries series, EventFeed feed, LiveStreams streams, TimeProvider time)
{
    // Milliseconds up to the year 9999.
    private const long MaxCursor = 253_402_300_799_999;

    /// <summary>Show the last 15 minutes of delivery in steps of 10 seconds: events, each consumer's work, latency and lag, and health.</summary>
    /// <returns>200 with the series; or a problem.</returns>
    [Function("GetOperationsSeries"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true)]
    [Operation(HttpStatusCode.OK, typeof(SeriesResponse))]
    public async Task<IResult> Series(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "operations/series")] HttpRequest request, CancellationToken cancellationToken) =>
        HttpResults.Json(HttpStatusCode.OK, await series.ReadAsync(cancellationToken), OperationJsonContext.Api.SeriesResponse);

    /// <summary>Watch events and their effects at each consumer live, as server-sent events. A stream with a correlation id begins with all of its events.</summary>
    /// <returns>200 with a stream that stays open; or a problem.</returns>
    [Function("StreamOperations"), Access(Scope = Scopes.EventsAdmin, AdminOnly = true, Ticket = true)]
    [Operation(HttpStatusCode.OK, Parameters = ["after", "limit", "type", "userId", "correlationId", "Last-Event-ID"])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = ServerSentEvents.MediaType)]
    public IResult Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "operations/stream")] HttpRequest request)
    {
        string? type = request.QueryText("type");
        if (type is not null && !EventTypes.All.Contains(type))
        {
            throw new ProblemException(Problem.Invalid("type", "Send the type of an event, or leave it out for all types."));
        }

        var filter = new FeedFilter(type, request.QueryText("userId"), request.QueryText("correlationId"));
        long? after = request.QueryNumber("after", 0, MaxCursor);
        after = long.TryParse(request.Header("Last-Event-ID"), NumberStyles.None, CultureInfo.InvariantCulture, out long last) && last <= MaxCursor ? last : after;
        int limit = request.Limit();
        Principal principal = request.Principal();
        return new ServerSentEvents(token => new OperationsStream(feed, streams.Open(principal, token), filter, (ulong?)after, limit, time));
    }
}
