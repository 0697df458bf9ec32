using System.Collections.Concurrent;
using System.Text.Json;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Events;

/// <summary>Hears every event that the gateway publishes from now on, as another service would.</summary>
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

    /// <summary>What was heard so far of a type, with a payload field of a value.</summary>
    public JsonElement[] Heard(string type, string field, string value) =>
        [.. _events.Where(heard => heard.Text("type") == type && heard.At("payload").TryGetProperty(field, out var found) && found.GetString() == value)];

    /// <summary>Waits for the first one, and returns it.</summary>
    public async Task<JsonElement> WaitForAsync(string type, string field, string value, TimeSpan? deadline = null) =>
        (await Eventually.GetAsync(() => Task.FromResult(Heard(type, field, value)), heard => heard.Length > 0, deadline))[0];

    /// <summary>Waits until so many were heard, and returns all: one whose publishing Redis did not answer in time comes by the relay, later.</summary>
    public Task<JsonElement[]> WaitForAllAsync(string type, string field, string value, int count) =>
        Eventually.GetAsync(() => Task.FromResult(Heard(type, field, value)), heard => heard.Length >= count);

    public async ValueTask DisposeAsync() => await _subscriber.UnsubscribeAsync(_channel, _handler);
}
