using McpFunctions.Functions.Settings;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Health;

/// <summary>Health checks and the events about them.</summary>
[OptionsValidator]
public sealed partial class HealthOptions : IValidateOptions<HealthOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Health";

    /// <summary>The number of equal checks in a row, five seconds apart, that change the health of a component.</summary>
    [SettingRange(1, 100)]
    public int Samples { get; set; } = 2;

    /// <summary>The time between two published changes of one component.</summary>
    [SettingRange("00:00:00", "01:00:00")]
    public TimeSpan Dwell { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The age of the oldest event that a consumer has not acknowledged, from which the consumer counts as degraded.</summary>
    [SettingRange("00:00:15", "1.00:00:00")]
    public TimeSpan MaxLag { get; set; } = TimeSpan.FromMinutes(2);
}
