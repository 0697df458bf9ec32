using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>Redis and storage, each by connection string or, without a key, by identity (below). The Functions host reads the same settings.</summary>
[OptionsValidator]
public sealed partial class ConnectionOptions : IValidateOptions<ConnectionOptions>
{
    /// <summary>A StackExchange.Redis configuration, for example <c>localhost:6380,abortConnect=false</c>; not with an identity.</summary>
    public string RedisConnection { get; set; } = "";

    /// <summary>An Azure Storage connection string; <c>UseDevelopmentStorage=true</c> for Azurite on its usual ports. Not with an identity.</summary>
    public string AzureWebJobsStorage { get; set; } = "";

    /// <summary>
    /// The time that storage has for one answer. A request tries once more where that is safe, so it fails after twice this time.
    /// The default is enough for a block of 4 MiB at 1.4 MB/s.
    /// </summary>
    [SettingRange("00:00:01", "00:01:00")]
    public TimeSpan StorageTimeout { get; set; } = TimeSpan.FromSeconds(3);
}
