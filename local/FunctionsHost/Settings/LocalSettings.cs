using System.Text.Json;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>The app's <c>local.settings.json</c>. Without the file, everything here is empty.</summary>
internal sealed record LocalSettings
{
    public const string FileName = "local.settings.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
    };

    public bool IsEncrypted { get; init; }

    /// <summary>App settings. The value of a number or a boolean is its JSON text.</summary>
    public IReadOnlyDictionary<string, JsonElement> Values { get; init; } = new Dictionary<string, JsonElement>();

    public IReadOnlyDictionary<string, JsonElement> ConnectionStrings { get; init; } = new Dictionary<string, JsonElement>();

    public HostSection Host { get; init; } = new();

    /// <exception cref="StartupException">The file is not JSON, or is encrypted.</exception>
    public static LocalSettings Read(string appFolder)
    {
        var path = Path.Combine(appFolder, FileName);
        if (!File.Exists(path))
            return new LocalSettings();

        LocalSettings settings;
        try
        {
            settings = JsonSerializer.Deserialize<LocalSettings>(File.ReadAllBytes(path), Json) ?? new LocalSettings();
        }
        catch (JsonException e)
        {
            throw new StartupException($"'{path}' is not valid: {e.Message}", e);
        }

        return settings.IsEncrypted
            ? throw new StartupException($"'{path}' is encrypted, which only Core Tools can read. Run 'func settings decrypt'.")
            : settings;
    }

    internal sealed record HostSection
    {
        public int? LocalHttpPort { get; init; }

        public string? Cors { get; init; }

        public bool CorsCredentials { get; init; }
    }
}
