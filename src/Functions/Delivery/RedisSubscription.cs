using System.Threading.Channels;
using StackExchange.Redis;

namespace McpFunctions.Functions.Delivery;

/// <summary>Listens to a channel until it is disposed of. It tells that there was a message, not which.</summary>
public sealed class RedisSubscription : IAsyncDisposable
{
    // One sign stands for any number of messages: a reader that is slow gathers none.
    private readonly Channel<bool> signs = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ISubscriber subscriber;
    private readonly RedisChannel channel;
    private readonly Action<RedisChannel, RedisValue> handler;

    /// <summary>Begins to listen.</summary>
    /// <param name="subscriber">The connection.</param>
    /// <param name="channel">The channel.</param>
    internal RedisSubscription(ISubscriber subscriber, RedisChannel channel)
    {
        this.subscriber = subscriber;
        this.channel = channel;
        handler = (_, _) => signs.Writer.TryWrite(true);
        Subscribed = subscriber.SubscribeAsync(channel, handler);
    }

    /// <summary>Redis has taken the subscription.</summary>
    internal Task Subscribed { get; }

    /// <summary>Waits for a message. A message since the last wait counts.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>When there was one.</returns>
    public async Task WaitAsync(CancellationToken cancellationToken) => await signs.Reader.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Not before Redis has answered: what is taken back while it is on its way would be there afterwards.
        await ((Task)Subscribed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await subscriber.UnsubscribeAsync(channel, handler);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException or ObjectDisposedException)
        {
            // Redis has gone; so has the subscription.
        }
    }
}
