using System.Globalization;

namespace McpFunctions.Functions.Http;

/// <summary>
/// The requests that a user has left, as IETF draft-ietf-httpapi-ratelimit-headers-10 defines them in the headers
/// <c>RateLimit-Policy</c> and <c>RateLimit</c>.
/// </summary>
/// <param name="Requests">The most requests in a window.</param>
/// <param name="Window">The window.</param>
/// <param name="Used">The requests in this window, including the current one.</param>
/// <param name="Left">The rest of this window.</param>
public sealed record RateLimit(long Requests, TimeSpan Window, long Used, TimeSpan Left)
{
    /// <summary>The header with the number of requests left and the seconds until the next window.</summary>
    public const string Header = "RateLimit";

    /// <summary>The header with the limit and its window.</summary>
    public const string PolicyHeader = "RateLimit-Policy";

    /// <summary>Whether the current request exceeds the limit.</summary>
    public bool IsExceeded => Used > Requests;

    /// <summary>The value of <see cref="Header"/>.</summary>
    public string Value => string.Create(
        CultureInfo.InvariantCulture, $"\"credential\";r={Math.Max(0, Requests - Used)};t={(long)Math.Ceiling(Left.TotalSeconds)}");

    /// <summary>The value of <see cref="PolicyHeader"/>.</summary>
    public string Policy => string.Create(CultureInfo.InvariantCulture, $"\"credential\";q={Requests};w={(long)Window.TotalSeconds}");
}
