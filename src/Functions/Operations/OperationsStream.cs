using System.Globalization;
using System.Text;
using System.Text.Json;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Streams;

namespace McpFunctions.Functions.Operations;

/// <summary>
/// The events and effects that an operator watches. The id of each is the time at which Redis has got it; a client that comes again gets everything from a
/// little before that time, so it may see some again.
/// </summary>
/// <param name="feed">Reads the journals and the effects.</param>
/// <param name="stream">The open stream.</param>
/// <param name="filter">What the operator wants to see.</param>
/// <param name="after">The id after which the stream goes on; null to begin with the newest.</param>
/// <param name="limit">How many of the newest events it begins with.</param>
/// <param name="time">The clock.</param>
internal sealed class OperationsStream(EventFeed feed, LiveStream stream, FeedFilter filter, ulong? after, int limit, TimeProvider time) : IEventSource
{
    // Entries of one millisecond may be in different streams, and Redis may set its clock back a little.
    private const ulong Overlap = 1_000;

    private EventFeed.Watch? watch;

    /// <inheritdoc/>
    public LiveStream Stream => stream;

    /// <inheritdoc/>
    public async Task<string> FirstAsync(CancellationToken cancellationToken)
    {
        EntryId[] from = after is { } id ? feed.Before(new EntryId(id - Math.Min(id, Overlap), 0))
            // One story is told from its beginning.
            : filter.CorrelationId is not null ? feed.Before(default)
            : await feed.FindNewestAsync(filter.Type, limit, entry => filter is { UserId: null } || filter.Read(entry) is not null, cancellationToken);
        watch = feed.Register(from);
        return TextOf(await watch.NextAsync(TimeSpan.Zero, cancellationToken));
    }

    /// <inheritdoc/>
    public async Task<string> NextAsync()
    {
        long started = time.GetTimestamp();
        while (LiveStreams.CommentInterval - time.GetElapsedTime(started) is var left && left > TimeSpan.Zero)
        {
            // All of them may be unwanted.
            if (TextOf(await watch!.NextAsync(left, stream.Ended)) is { Length: > 0 } text)
            {
                return text;
            }
        }

        return "";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        watch?.Dispose();
        stream.Dispose();
    }

    private string TextOf(IReadOnlyList<FeedEntry> entries)
    {
        var text = new StringBuilder();
        foreach (FeedEntry entry in entries)
        {
            if (entry.Stream == EventFeed.Effects)
            {
                foreach (Effect effect in filter.ReadEffects(entry.Entry))
                {
                    Append(entry.Id, "effect", JsonSerializer.Serialize(effect, OperationJsonContext.Api.Effect));
                }
            }
            else if (filter.Read(entry.Entry) is { } domainEvent)
            {
                Append(entry.Id, "event", JsonSerializer.Serialize(
                    new PublishedEvent(domainEvent, Subscriptions.ConsumersOf(domainEvent.Type)), OperationJsonContext.Api.PublishedEvent));
            }
        }

        return text.ToString();

        void Append(EntryId id, string name, string data) =>
            text.Append(CultureInfo.InvariantCulture, $"id: {id.Milliseconds}\nevent: {name}\ndata: {data}\n\n");
    }
}
