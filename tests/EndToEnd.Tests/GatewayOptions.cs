using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>What a <see cref="GatewayApplication"/> of a test's own is started with.</summary>
public sealed record GatewayOptions
{
    /// <summary>The name of its log file beside the test assembly.</summary>
    public string Name { get; init; } = "gateway";

    /// <summary>App settings beyond the usual ones, or instead of them; null leaves one out.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Another application, whose Redis, storage and keys this one shares.</summary>
    public GatewayApplication? Beside { get; init; }

    /// <summary>A Redis of the test's own.</summary>
    public RedisServer? Redis { get; init; }

    /// <summary>A storage of the test's own, which it may stop; an account of its own in that of all tests, where there is none.</summary>
    public AzuriteServer? Azurite { get; init; }
}
