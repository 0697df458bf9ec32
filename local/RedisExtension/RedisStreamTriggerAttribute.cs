using Microsoft.Azure.Functions.Worker.Extensions.Abstractions;

namespace Microsoft.Azure.Functions.Worker.Extensions.Redis;

/// <summary>Starts the function for every entry of a stream.</summary>
/// <param name="connection">The name of the setting with the connection string.</param>
/// <param name="key">The stream's key.</param>
/// <param name="pollingIntervalInMs">Time between polls, in milliseconds.</param>
/// <param name="maxBatchSize">The most entries that one poll takes.</param>
[AttributeUsage(AttributeTargets.Parameter)]
public class RedisStreamTriggerAttribute(string connection, string key, int pollingIntervalInMs = 1000, int maxBatchSize = 16)
    : TriggerBindingAttribute
{
    /// <summary>The name of the setting with the connection string.</summary>
    public string Connection { get; } = connection;

    /// <summary>The stream's key.</summary>
    public string Key { get; } = key;

    /// <summary>Time between polls, in milliseconds.</summary>
    public int PollingIntervalInMs { get; } = pollingIntervalInMs;

    /// <summary>The most entries that one poll takes.</summary>
    public int MaxBatchSize { get; } = maxBatchSize;
}
