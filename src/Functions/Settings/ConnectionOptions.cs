namespace McpFunctions.Functions.Settings;

/// <summary>Redis and storage. The Functions host reads the same settings.</summary>
public sealed class ConnectionOptions
{
    /// <summary>A StackExchange.Redis configuration, for example <c>localhost:6380,abortConnect=false</c>.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>An Azure Storage connection string; <c>UseDevelopmentStorage=true</c> for Azurite on its usual ports.</summary>
    public string AzureWebJobsStorage { get; set; } = "";

    /// <summary>
    /// The time that storage has for one answer. A request tries once more where that is safe, so it fails after twice this time.
    /// A second to a minute; 3 seconds unless set, enough for a block of 4 MiB at 1.4 MB/s.
    /// </summary>
    public TimeSpan StorageTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
