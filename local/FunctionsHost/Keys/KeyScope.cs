namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>The scope of a key: one function, all functions, or an extension's webhooks.</summary>
/// <param name="Function">The function, or null for the host's keys.</param>
/// <param name="IsSystem">Whether these are the host's system keys.</param>
internal readonly record struct KeyScope(string? Function, bool IsSystem)
{
    public static KeyScope AllFunctions { get; } = new(null, false);

    public static KeyScope System { get; } = new(null, true);

    public static KeyScope Of(string function) => new(function, false);
}
