using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>
/// The app's settings, from the environment (which wins) and local.settings.json. Names ignore case, and <c>__</c> means <c>:</c>.
/// </summary>
internal sealed partial class AppSettings
{
    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _fromFile = [];
    private readonly IConfigurationRoot _sections;

    public AppSettings(LocalSettings file, IDictionary environment)
    {
        foreach (var (name, value) in file.Values)
            _fromFile[name] = TextOf(value);
        foreach (var (name, value) in file.ConnectionStrings)
            _fromFile[$"ConnectionStrings:{name}"] = TextOf(value);

        foreach (var (name, value) in _fromFile)
            _values[Normalize(name)] = value;
        foreach (DictionaryEntry variable in environment)
            _values[Normalize((string)variable.Key)] = (string?)variable.Value ?? "";

        // As in `func start`, the default is Development: apps choose their development behaviour by it.
        const string environmentName = "AZURE_FUNCTIONS_ENVIRONMENT";
        _values[environmentName] = environment[environmentName] is string { Length: > 0 } given ? given : "Development";
        _sections = new ConfigurationBuilder()
            .AddInMemoryCollection(_values.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build();
        WorkerEnvironment = new Dictionary<string, string>(_fromFile.Where(v => !environment.Contains(v.Key)))
        {
            [environmentName] = _values[environmentName],
        };
    }

    /// <summary>The variables that the worker needs besides the host's own environment.</summary>
    public IReadOnlyDictionary<string, string> WorkerEnvironment { get; }

    public string? this[string name] => _values.GetValueOrDefault(Normalize(name));

    /// <summary>
    /// Finds a connection by its name, in the same order as the WebJobs SDK. Its value is a connection string. Without one, its children are the
    /// settings of a connection by identity.
    /// </summary>
    public IConfigurationSection Connection(string name)
    {
        string[] places = [$"ConnectionStrings:AzureWebJobs{name}", $"AzureWebJobs{name}", $"ConnectionStrings:{name}"];
        return places.Select(_sections.GetSection).FirstOrDefault(place => place.Exists()) ?? _sections.GetSection(name);
    }

    public bool IsTrue(string name) =>
        this[name] is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));

    /// <summary>Overrides of host.json: <c>AzureFunctionsJobHost__a__b</c> as <c>a:b</c>.</summary>
    public IEnumerable<KeyValuePair<string, string?>> HostJsonOverrides =>
        from setting in _values
        where setting.Key.StartsWith("AzureFunctionsJobHost:", StringComparison.OrdinalIgnoreCase)
        select KeyValuePair.Create(setting.Key["AzureFunctionsJobHost:".Length..], (string?)setting.Value);

    /// <summary>Replaces every <c>%Name%</c> by its setting. Returns false if a setting is missing.</summary>
    public bool TryResolve(string text, [NotNullWhen(true)] out string? resolved, out string? missing)
    {
        string? unknown = null;
        resolved = Reference()
            .Replace(
                text,
                match =>
                {
                    var name = match.Groups[1].Value;
                    if (this[name] is { } value)
                        return value;
                    unknown ??= name;
                    return match.Value;
                }
            );
        missing = unknown;
        return unknown is null;
    }

    private static string Normalize(string name) => name.Replace("__", ":", StringComparison.Ordinal);

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    [GeneratedRegex("%([^%]+)%")]
    private static partial Regex Reference();
}
