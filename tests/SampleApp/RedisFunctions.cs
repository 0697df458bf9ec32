using System.Text;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Extensions.Redis;

namespace McpFunctions.SampleApp;

/// <summary>Functions on Redis channels, one for each type of parameter and each way to name a channel.</summary>
internal sealed class RedisFunctions(Recorder recorder)
{
    private const string Connection = "RedisConnection";

    [Function("OnText")]
    public void OnText([RedisPubSubTrigger(Connection, "sample:text")] string message, FunctionContext context)
    {
        recorder.Add("OnText", message);
        recorder.Add(
            "OnText.BindingData",
            string.Join('|', context.BindingContext.BindingData.OrderBy(value => value.Key, StringComparer.Ordinal)));
    }

    [Function("OnBytes")]
    public void OnBytes([RedisPubSubTrigger(Connection, "sample:bytes")] byte[] message) =>
        recorder.Add("OnBytes", Encoding.UTF8.GetString(message));

    [Function("OnEnvelope")]
    public void OnEnvelope([RedisPubSubTrigger(Connection, "sample:envelope")] RedisEnvelope envelope) =>
        recorder.Add("OnEnvelope", $"{envelope.SubscriptionChannel}|{envelope.Channel}|{envelope.Message}");

    [Function("OnElement")]
    public void OnElement([RedisPubSubTrigger(Connection, "sample:element")] JsonElement element) =>
        recorder.Add("OnElement", element.GetProperty("Message").GetString()!);

    [Function("OnPattern")]
    public void OnPattern([RedisPubSubTrigger(Connection, "sample:pattern:*", pattern: true)] string message) =>
        recorder.Add("OnPattern", message);

    [Function("OnSetting")]
    public void OnSetting([RedisPubSubTrigger(Connection, "%SampleChannel%")] string message) =>
        recorder.Add("OnSetting", message);

    [Function("OnRedacted")]
    public void OnRedacted([RedisPubSubTrigger(Connection, "sample:redacted")] string message) =>
        recorder.Add("OnRedacted", message);

    /// <summary>Fails on the message <c>fail</c> and records the others: one failure must not lose the next message.</summary>
    [Function("OnFailing")]
    public void OnFailing([RedisPubSubTrigger(Connection, "sample:failing")] RedisEnvelope envelope)
    {
        if (envelope.Message == "fail")
            throw new InvalidOperationException("The Redis function threw.");

        recorder.Add("OnFailing", envelope.Message);
    }

    /// <summary>Takes a while for each message: a second one must wait for the first.</summary>
    [Function("OnSlow")]
    public async Task OnSlow([RedisPubSubTrigger(Connection, "sample:slow")] RedisEnvelope envelope, CancellationToken cancellationToken)
    {
        recorder.Add("OnSlow", $"start {envelope.Message}");
        await Task.Delay(50, cancellationToken);
        recorder.Add("OnSlow", $"end {envelope.Message}");
    }
}
