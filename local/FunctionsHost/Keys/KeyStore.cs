using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace McpFunctions.Local.FunctionsHost.Keys;

/// <summary>
/// Keeps the keys in files like the real host's, in the app's output folder. Creates a file at its first use, and reads it at each use,
/// so that an edit has an effect at once.
/// </summary>
internal sealed class KeyStore(string appFolder)
{
    public const string MasterName = "_master";
    private const string DefaultName = "default";
    private const int KeyBytes = 32;

    private readonly Lock _changing = new();

    public string Folder { get; } = Path.Combine(appFolder, "azure-webjobs-secrets");

    /// <summary>The access level of a key, for one function or, if the function is null, for the host's own routes.</summary>
    public AuthLevel LevelOf(string? key, string? function)
    {
        if (string.IsNullOrEmpty(key))
            return AuthLevel.Anonymous;

        var host = ReadHost();
        if (Matches(host.MasterKey, key))
            return AuthLevel.Admin;
        if (host.SystemKeys.Any(candidate => Matches(candidate, key)))
            return AuthLevel.System;
        if (host.FunctionKeys.Any(candidate => Matches(candidate, key)))
            return AuthLevel.Function;
        return function is not null && ReadFunction(function).Keys.Any(candidate => Matches(candidate, key))
            ? AuthLevel.Function
            : AuthLevel.Anonymous;
    }

    public IReadOnlyList<NamedKey> List(KeyScope scope) =>
        scope switch
        {
            { Function: { } function } => ReadFunction(function).Keys,
            { IsSystem: true } => [.. ReadHost().SystemKeys, ReadHost().MasterKey with { Name = MasterName }],
            _ => ReadHost().FunctionKeys,
        };

    /// <summary>Sets a key, to a random value if none is given. <c>Created</c> is true for a new name.</summary>
    public (NamedKey Key, bool Created) Set(KeyScope scope, string name, string? value)
    {
        lock (_changing)
        {
            var key = new NamedKey(name, value ?? NewValue());
            if (scope.Function is null && name == MasterName)
            {
                WriteHost(ReadHost() with { MasterKey = key with { Name = "master" } });
                return (key, false);
            }

            var others = Stored(scope).Where(other => other.Name != name).ToList();
            var created = others.Count == Stored(scope).Count;
            Write(scope, [.. others, key]);
            return (key, created);
        }
    }

    /// <summary>Removes a key. Returns false if no key has this name.</summary>
    public bool Delete(KeyScope scope, string name)
    {
        lock (_changing)
        {
            var remaining = Stored(scope).Where(key => key.Name != name).ToList();
            if (remaining.Count == Stored(scope).Count)
                return false;
            Write(scope, remaining);
            return true;
        }
    }

    private IReadOnlyList<NamedKey> Stored(KeyScope scope) =>
        scope switch
        {
            { Function: { } function } => ReadFunction(function).Keys,
            { IsSystem: true } => ReadHost().SystemKeys,
            _ => ReadHost().FunctionKeys,
        };

    private void Write(KeyScope scope, IReadOnlyList<NamedKey> keys)
    {
        if (scope.Function is { } function)
            WriteFile(FileOf(function), new FunctionKeys(keys), KeysJson.Default.FunctionKeys);
        else
            WriteHost(scope.IsSystem ? ReadHost() with { SystemKeys = keys } : ReadHost() with { FunctionKeys = keys });
    }

    private HostKeys ReadHost() =>
        Read(
            FileOf("host"),
            KeysJson.Default.HostKeys,
            () => new HostKeys(new NamedKey("master", NewValue()), [new NamedKey(DefaultName, NewValue())], [])
        );

    private FunctionKeys ReadFunction(string function) =>
        Read(FileOf(function), KeysJson.Default.FunctionKeys, () => new FunctionKeys([new NamedKey(DefaultName, NewValue())]));

    private void WriteHost(HostKeys keys) => WriteFile(FileOf("host"), keys, KeysJson.Default.HostKeys);

    // A function's name has only letters, digits, - and _. The worker's build checks this.
    private string FileOf(string name) => Path.Combine(Folder, $"{name.ToLowerInvariant()}.json");

    private T Read<T>(string path, JsonTypeInfo<T> type, Func<T> create)
    {
        lock (_changing)
        {
            if (File.Exists(path))
                return JsonSerializer.Deserialize(File.ReadAllText(path), type)!;

            var made = create();
            WriteFile(path, made, type);
            return made;
        }
    }

    private void WriteFile<T>(string path, T content, JsonTypeInfo<T> type)
    {
        Directory.CreateDirectory(Folder);
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // only the owner may read keys

        // Write another file and move it, so that no reader sees half a file.
        using (var file = new FileStream($"{path}.new", options))
            JsonSerializer.Serialize(file, content, type);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private static bool Matches(NamedKey key, string given) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Value), Encoding.UTF8.GetBytes(given));

    private static string NewValue() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(KeyBytes));
}
