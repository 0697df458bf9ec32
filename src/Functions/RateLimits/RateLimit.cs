using System.Globalization;

namespace McpFunctions.Functions.RateLimits;

/// <summary>
/// What a user may still do, as IETF draft-ietf-httpapi-ratelimit-headers-10 has it in the headers
/// <c>RateLimit-Policy</c> and <c>RateLimit</c>.
/// </summary>
/// <param name="Requests">How many requests there may be in a window.</param>
/// <param name="Window">The window.</param>
/// <param name="Used">How many there were in this one, the current one included.</param>
/// <param name="Left">How long this window goes on.</param>
public sealed record RateLimit(long Requests, TimeSpan Window, long Used, TimeSpan Left)
{
    /// <summary>The header that says how many requests are left, and until when.</summary>
    public const string Header = "RateLimit";

    /// <summary>The header that says what is allowed.</summary>
    public const string PolicyHeader = "RateLimit-Policy";

    /// <summary>Whether the current request is one too many.</summary>
    public bool IsExceeded => Used > Requests;

    /// <summary>The value of <see cref="Header"/>.</summary>
    public string Value => string.Create(
        CultureInfo.InvariantCulture, $"\"credential\";r={Math.Max(0, Requests - Used)};t={(long)Math.Ceiling(Left.TotalSeconds)}");

    /// <summary>The value of <see cref="PolicyHeader"/>.</summary>
    public string Policy => string.Create(CultureInfo.InvariantCulture, $"\"credential\";q={Requests};w={(long)Window.TotalSeconds}");
}
