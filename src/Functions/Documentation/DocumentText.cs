using System.Net;
using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace McpFunctions.Functions.Documentation;

/// <summary>The parts that both documents share.</summary>
internal static partial class DocumentText
{
    private static readonly JsonSerializerOptions s_written = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The version of the app, without the commit that it was built from.</summary>
    public static string Version { get; } =
        typeof(DocumentText).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>An embedded JSON object.</summary>
    public static JsonObject Read(string name)
    {
        using Stream stream = typeof(DocumentText).Assembly.GetManifestResourceStream($"McpFunctions.Functions.{name}")!;
        return JsonNode.Parse(stream)!.AsObject();
    }

    /// <summary>The bytes of a document.</summary>
    public static byte[] Write(JsonObject document) => JsonSerializer.SerializeToUtf8Bytes((JsonNode)document, s_written);

    /// <summary>A status in words, for example "Not found".</summary>
    public static string Words(HttpStatusCode status)
    {
        string name = status switch
        {
            HttpStatusCode.OK => "OK",
            HttpStatusCode.RequestEntityTooLarge => "ContentTooLarge",
            _ => $"{status}",
        };
        return name == "OK" ? name : Capital().Replace(name, match => match.Index == 0 ? match.Value : $" {match.Value.ToLowerInvariant()}");
    }

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
