using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Health;

/// <summary>Health checks and the events about them.</summary>
public sealed class HealthOptions : IValidateOptions<HealthOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Health";

    /// <summary>The number of equal checks in a row, five seconds apart, that change the health of a component. 1 to 100; 2 unless set.</summary>
    public int Samples { get; set; } = 2;

    /// <summary>The time between two published changes of one component. Nothing to an hour; a minute unless set.</summary>
    public TimeSpan Dwell { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The age of the oldest event that a consumer has not acknowledged, from which the consumer counts as degraded. 15 seconds to
    /// a day; two minutes unless set.
    /// </summary>
    public TimeSpan MaxLag { get; set; } = TimeSpan.FromMinutes(2);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, HealthOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(HealthOptions options)
    {
        if (options.Samples is < 1 or > 100)
        {
            yield return "Set Health__Samples to a number from 1 to 100, or leave it out for 2.";
        }

        if (options.Dwell < TimeSpan.Zero || options.Dwell > TimeSpan.FromHours(1))
        {
            yield return "Set Health__Dwell to a time from 00:00:00 to 01:00:00, or leave it out for 00:01:00.";
        }

        if (options.MaxLag < TimeSpan.FromSeconds(15) || options.MaxLag > TimeSpan.FromDays(1))
        {
            yield return "Set Health__MaxLag to a time from 00:00:15 to 1.00:00:00, or leave it out for 00:02:00.";
        }
    }
}
