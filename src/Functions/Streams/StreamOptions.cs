using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Streams;

/// <summary>Live streams: of notifications, and of what operators watch.</summary>
[OptionsValidator]
public sealed partial class StreamOptions : IValidateOptions<StreamOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Notifications";

    /// <summary>
    /// The time after which the gateway ends a live stream and its client connects again. From a second to 20 s less than the time-out of
    /// functions. Keep it below the time-outs of proxies in front of the gateway. 200 s unless set.
    /// </summary>
    public TimeSpan StreamDuration { get; set; } = TimeSpan.FromSeconds(200);

    /// <summary>The most live streams and waiting reads that a user may have open on an instance; further ones get 429.</summary>
    [SettingRange(1, 1_000)]
    public int MaxOpenPerUser { get; set; } = 20;
}
