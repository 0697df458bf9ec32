namespace McpFunctions.Local.FunctionsHost.CommandLine;

/// <summary>What the <c>start</c> command was asked to do.</summary>
internal sealed record StartOptions
{
    /// <summary>An app's output folder, or the folder of its project.</summary>
    public string ScriptRoot { get; init; } = Directory.GetCurrentDirectory();

    /// <summary>The port to listen on; null takes <c>Host.LocalHttpPort</c> of local.settings.json, or 7071.</summary>
    public int? Port { get; init; }

    /// <summary>The only functions to run; null runs all of them.</summary>
    public IReadOnlySet<string>? Functions { get; init; }

    /// <summary>Origins that may call from a browser, comma-separated; null takes <c>Host.CORS</c>.</summary>
    public string? Cors { get; init; }

    public bool NoBuild { get; init; }

    /// <summary>Shows every invocation on the console; else one line per request, and failures.</summary>
    public bool Verbose { get; init; }

    /// <summary>The file that gets the full log; null, when there is none.</summary>
    public string? LogFile { get; init; }

    public bool EnableAuth { get; init; }
}
