using System.Buffers;
using System.Text;
using System.Text.Json;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Mcp;

/// <summary>The arguments of a call to a tool, which become the request of its function.</summary>
/// <param name="arguments">The names and values; a null value counts as absent.</param>
internal sealed class McpArguments(IDictionary<string, JsonElement>? arguments)
{
    public const string Filename = "filename";
    public const string ContentType = "contentType";
    public const string Text = "text";
    public const string Base64 = "base64";
    public const string IfMatch = "ifMatch";
    public const string Timeout = "timeoutSeconds";
    public const int MaxTimeoutSeconds = 180;
    public const int DefaultTimeoutSeconds = 30;

    private readonly Dictionary<string, JsonElement> left = arguments is null ? [] : new Dictionary<string, JsonElement>(arguments);

    /// <summary>The request of a tool's function.</summary>
    /// <exception cref="ProblemException">An argument is missing, unknown or of the wrong kind.</exception>
    public FunctionRequest RequestOf(McpTool tool)
    {
        HttpFunction function = tool.Function.Declared;
        var route = function.RouteValues.ToDictionary(name => name, TakeRequired);
        var query = McpToolSchemas.QueryOf(function).ToDictionary(name => name, Take);
        var headers = new Dictionary<string, string>();
        if (function.Operation!.Parameters.Contains(HeaderNames.IfMatch) && Take(IfMatch) is { } tags)
        {
            headers[HeaderNames.IfMatch] = Printable(IfMatch, tags);
        }

        var request = new FunctionRequest { Route = route, Query = query, Headers = headers };
        if (tool.TakesContent)
        {
            request = WithContent(request, function.Operation.Parameters.Contains(Filename));
        }
        else if (function.Operation.Body is not null)
        {
            // The function refuses unknown fields, as on its route.
            return request with { Body = Object(left), ContentType = "application/json" };
        }

        return left.Keys.FirstOrDefault() is { } unknown ? throw Invalid(unknown, $"There is no argument '{unknown}' here.") : request;
    }

    /// <summary>How long a tool waits.</summary>
    /// <exception cref="ProblemException">The argument is of the wrong kind.</exception>
    public TimeSpan TakeTimeout() =>
        !left.Remove(Timeout, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? TimeSpan.FromSeconds(DefaultTimeoutSeconds)
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int seconds) && seconds is >= 1 and <= MaxTimeoutSeconds ? TimeSpan.FromSeconds(seconds)
        : throw Invalid(Timeout, $"Send a whole number from 1 to {MaxTimeoutSeconds}.");

    private FunctionRequest WithContent(FunctionRequest request, bool isNamed)
    {
        Dictionary<string, string?> query = new(request.Query);
        if (isNamed)
        {
            query[Filename] = TakeRequired(Filename);
        }

        string? type = Take(ContentType);
        string? text = TakeText(Text);
        string? base64 = TakeText(Base64);
        byte[] body = (text, base64) switch
        {
            ({ } characters, null) => Encoding.UTF8.GetBytes(characters),
            (null, { } encoded) => Decoded(encoded),
            _ => throw Invalid(Text, "Send the content as either 'text' or 'base64'."),
        };
        return request with
        {
            Query = query,
            Body = body,
            ContentType = type is null ? (text is null ? "application/octet-stream" : "text/plain; charset=utf-8") : Printable(ContentType, type),
        };
    }

    private static byte[] Decoded(string encoded)
    {
        byte[] bytes = new byte[encoded.Length];
        return Convert.TryFromBase64String(encoded, bytes, out int count) ? bytes[..count] : throw Invalid(Base64, "Send Base64, as RFC 4648 defines it.");
    }

    private string TakeRequired(string name) => Take(name) is { Length: > 0 } text ? text : throw Invalid(name, "Send it: it is required.");

    private string? Take(string name) => left.Remove(name, out JsonElement value) ? TextOf(name, value) : null;

    private string? TakeText(string name) =>
        !left.Remove(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? TextOf(name, value)
        : throw Invalid(name, "Send a text.");

    private static string? TextOf(string name, JsonElement value)
    {
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.Null => null,
                JsonValueKind.String => value.GetString(),
                JsonValueKind.True or JsonValueKind.False or JsonValueKind.Number => value.GetRawText(),
                _ => throw Invalid(name, "Send a text, a number, true or false."),
            };
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            throw Invalid(name, "The text is not valid Unicode.");
        }
    }

    // Header values of the inner request meet the same limits as those of a real one.
    private static string Printable(string name, string text) =>
        text.All(character => character is >= ' ' and <= '~') ? text : throw Invalid(name, "Send visible ASCII characters only.");

    private static byte[] Object(Dictionary<string, JsonElement> fields)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            writer.WriteStartObject();
            foreach ((string name, JsonElement value) in fields)
            {
                writer.WritePropertyName(name);
                // As the client wrote it, so that the function sees what its route would see.
                writer.WriteRawValue(value.GetRawText(), skipInputValidation: true);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static ProblemException Invalid(string name, string problem) => new(Problem.Invalid(name, problem));
}
