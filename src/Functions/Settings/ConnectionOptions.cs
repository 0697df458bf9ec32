using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>Redis, storage and, if you like, Azure Web PubSub, each by connection string or, without a key, by identity (below). The Functions host reads the same settings.</summary>
[OptionsValidator]
public sealed partial class ConnectionOptions : IValidateOptions<ConnectionOptions>
{
    /// <summary>A StackExchange.Redis configuration, for example <c>localhost:6380,abortConnect=false</c>; not with an identity.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>An Azure Storage connection string; <c>UseDevelopmentStorage=true</c> for Azurite on its usual ports. Not with an identity.</summary>
    public string AzureWebJobsStorage { get; set; } = "";

    /// <summary>
    /// The connection string of Azure Web PubSub, for clients that want notifications by WebSocket; not with an identity. Unless one of them is set, clients
    /// get the event stream of the gateway instead.
    /// </summary>
    public string? WebPubSubConnectionString { get; set; }

    /// <summary>The hub of Azure Web PubSub: a letter, then letters, digits or underscores.</summary>
    public string WebPubSubHub { get; set; } = "notifications";

    /// <summary>
    /// The time that storage has for one response. A request tries once more where that is safe, so it fails after twice this time.
    /// The default is enough for a block of 4 MiB at 1.4 MB/s.
    /// </summary>
    [SettingRange("00:00:01", "00:01:00")]
    public TimeSpan StorageTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
