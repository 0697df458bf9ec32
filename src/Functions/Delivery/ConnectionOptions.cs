namespace McpFunctions.Functions.Delivery;

/// <summary>The settings that say where Redis and storage are; the Functions host reads the same ones.</summary>
public sealed class ConnectionOptions
{
    /// <summary>A StackExchange.Redis configuration, for example <c>localhost:6380,abortConnect=false</c>.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>An Azure Storage connection string; <c>UseDevelopmentStorage=true</c> for Azurite on its usual ports.</summary>
    public string AzureWebJobsStorage { get; set; } = "";

    /// <summary>
    /// How long storage may take for one answer: a second to a minute; 3 seconds unless set, enough for a block of 4 MiB at
    /// 1.4 MB/s. What may be tried again is tried once more, so that a request has failed after twice as long.
    /// </summary>
    public TimeSpan StorageTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
