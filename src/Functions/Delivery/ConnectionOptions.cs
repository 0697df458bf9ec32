namespace McpFunctions.Functions.Delivery;

/// <summary>The settings that say where Redis and storage are; the Functions host reads the same ones.</summary>
public sealed class ConnectionOptions
{
    /// <summary>A StackExchange.Redis configuration, for example <c>localhost:6379,abortConnect=false</c>.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>An Azure Storage connection string; <c>UseDevelopmentStorage=true</c> for Azurite on its usual ports.</summary>
    public string AzureWebJobsStorage { get; set; } = "";
}
