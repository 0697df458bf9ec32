using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;

namespace McpFunctions.Functions.Documentation;

/// <summary>A static file of the documents page.</summary>
/// <param name="Body">The bytes.</param>
/// <param name="ContentType">The media type.</param>
/// <param name="ETag">The entity tag.</param>
internal sealed record StaticAsset(byte[] Body, string ContentType, string ETag)
{
    private const string Folder = "viewer/";
    private const string PageName = "docs.html";

    // Look up the whole name, so that a client cannot use a path.
    private static readonly FrozenDictionary<string, Lazy<StaticAsset>> s_files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Folder.Length..], name => new Lazy<StaticAsset>(() => Read(name)));

    /// <summary>The page.</summary>
    public static StaticAsset Page => s_files[PageName].Value;

    /// <summary>The names of the page's files.</summary>
    public static IEnumerable<string> Names => s_files.Keys.Where(name => name != PageName);

    /// <summary>A file of the page; null if none has that name.</summary>
    public static StaticAsset? Find(string name) => name != PageName && s_files.TryGetValue(name, out Lazy<StaticAsset>? file) ? file.Value : null;

    /// <summary>Makes a file of these bytes.</summary>
    public static StaticAsset Of(string name, byte[] body) => new(body, ContentTypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(body))[..32]}\"");

    private static StaticAsset Read(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        byte[] body = new byte[stream.Length];
        stream.ReadExactly(body);
        return Of(resource, body);
    }

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".json" => "application/json; charset=utf-8",
        var extension => throw new ArgumentOutOfRangeException(nameof(name), extension, "A file of an unknown type."),
    };
}
