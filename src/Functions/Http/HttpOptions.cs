using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Http;

/// <summary>How slow a client may be.</summary>
[OptionsValidator]
public sealed partial class HttpOptions : IValidateOptions<HttpOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Http";

    /// <summary>
    /// The fewest bytes a second that a client may send of a body or take of a response, on average; a slower one is cut off. A live stream
    /// on which nothing comes is not slow.
    /// </summary>
    [SettingRange(1, 10_485_760)]
    public int MinBytesPerSecond { get; set; } = 4_096;

    /// <summary>How long a client may send a body slower than that before it is cut off.</summary>
    [SettingRange("00:00:02", "00:05:00")]
    public TimeSpan SlowClientTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a response may wait for a client that takes nothing of it before the client is cut off. Buffers on
    /// the way pass on up to 6 MB at a time, so a client must take as much in this time: 35 KB a second by default.
    /// </summary>
    [SettingRange("00:00:02", "00:10:00")]
    public TimeSpan SlowReaderTimeout { get; set; } = TimeSpan.FromMinutes(3);
}
