using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.RateLimits;

/// <summary>The number of requests that each user may send.</summary>
[OptionsValidator]
public sealed partial class RateLimitOptions : IValidateOptions<RateLimitOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "RateLimit";

    /// <summary>The most requests of a user in a <see cref="Window"/>, with all sessions and API keys together.</summary>
    [SettingRange(1, 10_000_000)]
    public int Requests { get; set; } = 6_000;

    /// <summary>The time in which requests count together.</summary>
    [SettingRange("00:00:01", "01:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);
}
