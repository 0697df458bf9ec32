using System.Globalization;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Invocations;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsProtocol;
using StackExchange.Redis;

namespace McpFunctions.Local.FunctionsHost.Redis;

/// <summary>
/// Subscribes for one function and invokes it for one message at a time, in order of arrival. As in the real host, waiting
/// messages are in an unbounded queue, and messages that Redis sends while the connection is down are lost. There is no
/// retry: after a failed invocation, the listener continues with the next message.
/// </summary>
internal sealed class RedisPubSubListener(
    FunctionDefinition function,
    RedisPubSubTrigger trigger,
    RedisConnections connections,
    InvocationDispatcher dispatcher,
    TimeProvider time,
    ILogger logger
) : ITriggerListener
{
    private readonly CancellationTokenSource _stopping = new();
    private ChannelMessageQueue? _messages;
    private Task _working = Task.CompletedTask;

    public FunctionDefinition Function => function;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var redis = await connections.GetAsync(trigger.Connection);
        try
        {
            _messages = await redis.GetSubscriber().SubscribeAsync(trigger.Channel);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // The library's own message lists its queues and is very long.
            var reason = redis.IsConnected ? e.Message : $"no Redis answers at {string.Join(", ", redis.GetEndPoints().Select(EndPointCollection.ToString))}.";
            throw new ListenerStartException($"Redis connection '{trigger.Connection}': {reason}", e);
        }

        var channel = trigger.Channel.ToString();
        logger.Subscribed(function.Name, channel);
        _working = WorkAsync(_messages);
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        if (_messages is not null)
            await _messages.UnsubscribeAsync(CommandFlags.FireAndForget);
        await _working;
    }

    public void Dispose() => _stopping.Dispose();

    public Invocation CreateManual(string? input) =>
        throw new ManualInvocationException(
            "A Redis message cannot be made up from the input of a manual run. Publish a message to the channel instead."
        );

    private async Task WorkAsync(ChannelMessageQueue messages)
    {
        try
        {
            await foreach (var message in messages.WithCancellation(_stopping.Token))
            {
                // Do not cancel on a stop: the message would be lost, and the host waits for running invocations anyway.
                await dispatcher.TryInvokeAsync(CreateInvocation(PubSubEnvelope.Of(message)), CancellationToken.None);
                if (_stopping.IsCancellationRequested)
                    return;
            }
        }
        catch (OperationCanceledException) { }
    }

    private Invocation CreateInvocation(PubSubEnvelope envelope)
    {
        var detected = time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        return new Invocation(function, $"Redis pubsub message detected from channel '{envelope.Channel}' at {detected}.")
        {
            CreateRequest = _ =>
            {
                var request = new InvocationRequest { TraceContext = TraceContexts.Create(null, null, sampleNew: false) };
                request.InputData.Add(new ParameterBinding { Name = trigger.Parameter, Data = envelope.As(trigger.DataType) });
                envelope.AddTo(request.TriggerMetadata);
                return request;
            },
        };
    }
}
