namespace McpFunctions.Local.FunctionsHost.CommandLine;

/// <summary>The options of the <c>start</c> command.</summary>
internal sealed record StartOptions
{
    /// <summary>The app's output folder or project folder.</summary>
    public string ScriptRoot { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>The port of the HTTP server. Null means <c>Host.LocalHttpPort</c> of local.settings.json, or 7071.</summary>
    public int? Port { get; init; }

    /// <summary>The only functions to run. Null means all functions.</summary>
    public IReadOnlySet<string>? Functions { get; init; }

    /// <summary>Origins that may call from a browser, comma-separated. Null means <c>Host.CORS</c>.</summary>
    public string? Cors { get; init; }

    public bool NoBuild { get; init; }

    /// <summary>Shows every invocation on the console. Without it, the console shows one line per request, and failures.</summary>
    public bool Verbose { get; init; }

    /// <summary>The file for the full log, or null.</summary>
    public string? LogFile { get; init; }

    public bool EnableAuth { get; init; }
}
