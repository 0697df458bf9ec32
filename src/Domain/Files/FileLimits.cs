namespace McpFunctions.Domain.Files;

/// <summary>How much the file routes take.</summary>
/// <param name="MaxBytes">The largest file in bytes.</param>
public sealed record FileLimits(long MaxBytes)
{
    /// <summary>The most files in one request: each takes three operations of a transaction of 100.</summary>
    public const int MaxFiles = 25;

    /// <summary>The longest media type in characters.</summary>
    public const int MaxContentTypeLength = 255;
}
