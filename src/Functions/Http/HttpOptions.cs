using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Http;

/// <summary>How slow a client may be.</summary>
public sealed class HttpOptions : IValidateOptions<HttpOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "Http";

    /// <summary>
    /// The fewest bytes a second that a client may send of a body or take of a response, on average; a slower one is cut off. A live stream
    /// on which nothing comes is not slow. 1 to 10,485,760; 4,096 unless set.
    /// </summary>
    public int MinBytesPerSecond { get; set; } = 4_096;

    /// <summary>How long a client may send a body slower than that before it is cut off: 2 s to 5 minutes; 10 s unless set.</summary>
    public TimeSpan SlowClientTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a response may wait for a client that takes nothing of it before the client is cut off: 2 s to 10 minutes; 3 minutes
    /// unless set. Buffers on the way pass on up to 6 MB at a time, so a client must take as much in this time: 35 KB a second unless set.
    /// </summary>
    public TimeSpan SlowReaderTimeout { get; set; } = TimeSpan.FromMinutes(3);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, HttpOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. Problems(options)];
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Problems(HttpOptions options)
    {
        if (options.MinBytesPerSecond is < 1 or > 10_485_760)
        {
            yield return "Set Http__MinBytesPerSecond to a number from 1 to 10485760, or leave it out for 4096.";
        }

        if (options.SlowClientTimeout < TimeSpan.FromSeconds(2) || options.SlowClientTimeout > TimeSpan.FromMinutes(5))
        {
            yield return "Set Http__SlowClientTimeout to a time from 00:00:02 to 00:05:00, or leave it out for 00:00:10.";
        }

        if (options.SlowReaderTimeout < TimeSpan.FromSeconds(2) || options.SlowReaderTimeout > TimeSpan.FromMinutes(10))
        {
            yield return "Set Http__SlowReaderTimeout to a time from 00:00:02 to 00:10:00, or leave it out for 00:03:00.";
        }
    }
}
