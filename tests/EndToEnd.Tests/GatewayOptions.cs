using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests;

/// <summary>The options of a separate <see cref="GatewayApplication"/>.</summary>
public sealed record GatewayOptions
{
    /// <summary>The name of its log file beside the test assembly.</summary>
    public string Name { get; init; } = "gateway";

    /// <summary>App settings that add to the usual ones or replace them; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Another application, whose Redis, storage and keys this one shares.</summary>
    public GatewayApplication? Beside { get; init; }

    /// <summary>The test's own Redis, if it starts one itself.</summary>
    public RedisServer? Redis { get; init; }

    /// <summary>The test's own storage, which it may stop; null means a new account in the shared storage.</summary>
    public AzuriteServer? Azurite { get; init; }

    /// <summary>A file that the application makes for its signing key; null means that the key is a setting.</summary>
    public string? SigningKeysFile { get; init; }

    /// <summary>The folder of the built app, if it is another version.</summary>
    public string? App { get; init; }
}
