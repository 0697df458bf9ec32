using System.Collections.Frozen;
using System.Reflection;

namespace McpFunctions.Functions.Http;

/// <summary>A page and the files that it loads, all embedded in the app.</summary>
internal sealed class StaticPage
{
    private readonly string pageName;

    // Look up the whole name, so that a client cannot use a path.
    private readonly FrozenDictionary<string, Lazy<StaticAsset>> files;

    /// <summary>Finds the files of a page.</summary>
    /// <param name="folder">The start of the names of its resources, without a slash.</param>
    /// <param name="pageName">The name of the page itself in that folder.</param>
    public StaticPage(string folder, string pageName)
    {
        this.pageName = pageName;
        string prefix = $"{folder}/";
        files = Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[prefix.Length..], name => new Lazy<StaticAsset>(() => Read(name)));
    }

    /// <summary>The page itself.</summary>
    public StaticAsset Page => files[pageName].Value;

    /// <summary>A file of the page; null if none has that name.</summary>
    /// <param name="name">The name, with its folders.</param>
    public StaticAsset? Find(string name) => name != pageName && files.TryGetValue(name, out Lazy<StaticAsset>? file) ? file.Value : null;

    private static StaticAsset Read(string resource)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        byte[] body = new byte[stream.Length];
        stream.ReadExactly(body);
        return new StaticAsset(resource, body);
    }
}
