using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.RateLimits;

/// <summary>The number of requests that each user may send.</summary>
public sealed class RateLimitOptions : IValidateOptions<RateLimitOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "RateLimit";

    /// <summary>The most requests of a user in a <see cref="Window"/>, with all sessions and API keys together. 1 to 10,000,000; 6,000 unless set.</summary>
    public int Requests { get; set; } = 6_000;

    /// <summary>The time in which requests count together. A second to an hour; a minute unless set.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(RateLimitOptions options)
    {
        if (options.Requests is < 1 or > 10_000_000)
        {
            yield return "Set RateLimit__Requests to a number from 1 to 10000000, or leave it out for 6000.";
        }

        if (options.Window < TimeSpan.FromSeconds(1) || options.Window > TimeSpan.FromHours(1))
        {
            yield return "Set RateLimit__Window to a time from 00:00:01 to 01:00:00, or leave it out for 00:01:00.";
        }
    }
}
