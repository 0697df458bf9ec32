using System.Collections.Concurrent;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Events;

/// <summary>Receives every event that the gateway publishes from now on, as another service would.</summary>
public sealed class EventListener : IAsyncDisposable
{
    private readonly ConcurrentQueue<JsonElement> _events = [];
    private readonly ISubscriber _subscriber;
    private readonly RedisChannel _channel = RedisChannel.Pattern("events:*");
    private readonly Action<RedisChannel, RedisValue> _handler;

    private EventListener(ISubscriber subscriber)
    {
        _subscriber = subscriber;
        _handler = (_, message) => _events.Enqueue(JsonDocument.Parse($"{message}").RootElement);
    }

    public static async Task<EventListener> StartAsync(GatewayApplication gateway)
    {
        var listener = new EventListener(gateway.RedisSubscriber);
        await listener._subscriber.SubscribeAsync(listener._channel, listener._handler);
        return listener;
    }

    /// <summary>The events received so far with this type and this value of a payload field.</summary>
    public JsonElement[] Heard(string type, string field, string value) =>
        [.. _events.Where(heard => heard.Text("type") == type && heard.At("payload").TryGetProperty(field, out var found) && found.GetString() == value)];

    /// <summary>Waits for the first such event, and returns it.</summary>
    public async Task<JsonElement> WaitForAsync(string type, string field, string value, TimeSpan? deadline = null) =>
        (await Eventually.GetAsync(() => Task.FromResult(Heard(type, field, value)), heard => heard.Length > 0, deadline))[0];

    /// <summary>Waits for this number of events, and returns all. An event may come late: the relay publishes it when Redis did not reply in time.</summary>
    public Task<JsonElement[]> WaitForAllAsync(string type, string field, string value, int count) =>
        Eventually.GetAsync(() => Task.FromResult(Heard(type, field, value)), heard => heard.Length >= count);

    public async ValueTask DisposeAsync() => await _subscriber.UnsubscribeAsync(_channel, _handler);
}
