using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Starts the function for every element popped from a list.</summary>
/// <param name="connection">The name of the setting with the connection string.</param>
/// <param name="key">The list's key.</param>
/// <param name="pollingIntervalInMs">Time between polls, in milliseconds.</param>
/// <param name="maxBatchSize">The most elements that one poll takes.</param>
/// <param name="listDirection">The end that elements are taken from.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class RedisListTriggerAttribute(
    string connection,
    string key,
    int pollingIntervalInMs = 1000,
    int maxBatchSize = 16,
    ListDirection listDirection = ListDirection.LEFT) : TriggerBindingAttribute
{
    /// <summary>The name of the setting with the connection string.</summary>
    public string Connection { get; } = connection;

    /// <summary>The list's key.</summary>
    public string Key { get; } = key;

    /// <summary>Time between polls, in milliseconds.</summary>
    public int PollingIntervalInMs { get; } = pollingIntervalInMs;

    /// <summary>The most elements that one poll takes.</summary>
    public int MaxBatchSize { get; } = maxBatchSize;

    /// <summary>The end that elements are taken from.</summary>
    public ListDirection ListDirection { get; } = listDirection;
}
