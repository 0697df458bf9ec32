using System.Text.Json;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>Reads the message of a POST, and checks it against its headers as the protocol's Streamable HTTP says.</summary>
internal static class McpMessage
{
    private const string VersionHeader = "MCP-Protocol-Version";
    private const string MethodHeader = "Mcp-Method";
    private const string NameHeader = "Mcp-Name";
    private const string VersionKey = "io.modelcontextprotocol/protocolVersion";
    private const string CapabilitiesKey = "io.modelcontextprotocol/clientCapabilities";
    private const string HandshakeMethod = "initialize";

    // As deep as the API's other JSON.
    private const int MaxDepth = 64;

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    // Version 2026-07-28 removed them.
    private static readonly string[] s_removed = [HandshakeMethod, "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];

    /// <summary>The version in the header; null where a client has not named one.</summary>
    public static string? VersionOf(HttpRequest request) => request.Header(VersionHeader) is { Length: > 0 } version ? version : null;

    /// <summary>Reads and checks the message.</summary>
    /// <exception cref="McpRefusal">The protocol does not allow it.</exception>
    /// <exception cref="ProblemException">The body is no JSON by its type, or too large.</exception>
    public static async Task<JsonRpcMessage> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasJsonContentType())
        {
            throw new ProblemException(Problem.UnsupportedMediaType("Send a JSON-RPC message, with 'Content-Type: application/json'."));
        }

        byte[] body = await request.BodyBytesAsync(cancellationToken);
        CheckAccept(request, "application/json", "text/event-stream");
        JsonRpcMessage message = Parsed(body);
        RequestId id = message is JsonRpcRequest asked ? asked.Id : default;
        CheckVersion(request, id);
        if (message is JsonRpcRequest or JsonRpcNotification)
        {
            CheckAgainstHeaders(request, message, id);
        }

        if (message is JsonRpcRequest { Method: HandshakeMethod } handshake)
        {
            CheckHandshake(handshake);
        }

        return message;
    }

    /// <summary>Checks the version in the header.</summary>
    /// <exception cref="McpRefusal">The SDK does not speak it.</exception>
    public static void CheckVersion(HttpRequest request, RequestId id)
    {
        if (VersionOf(request) is { } version && !McpVersions.IsSpoken(version))
        {
            throw new McpRefusal(StatusCodes.Status400BadRequest, McpErrorCode.UnsupportedProtocolVersion, $"The gateway does not speak version '{Short(version)}'.", id)
            {
                ErrorData = new JsonObject { ["supported"] = new JsonArray(McpVersions.Current), ["requested"] = Short(version) },
            };
        }
    }

    /// <summary>Checks that the client takes the media types of a response.</summary>
    /// <exception cref="McpRefusal">It does not.</exception>
    public static void CheckAccept(HttpRequest request, params string[] types)
    {
        IList<Microsoft.Net.Http.Headers.MediaTypeHeaderValue> accepted = request.GetTypedHeaders().Accept;
        if (types.Any(type => !accepted.Any(each => each.MatchesMediaType(type))))
        {
            throw new McpRefusal(
                StatusCodes.Status406NotAcceptable, McpRefusal.OfTransport, $"Accept {string.Join(" and ", types)}: send 'Accept: {string.Join(", ", types)}'.", default);
        }
    }

    private static JsonRpcMessage Parsed(byte[] body)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(body, s_strict);
            if (json.RootElement.ValueKind == JsonValueKind.Array)
            {
                throw Invalid("Send one message in a request: the protocol has no batches.");
            }

            // Only an escape can hold half a surrogate pair, which no later reader must meet.
            if (body.AsSpan().IndexOf("\\u"u8) >= 0)
            {
                CheckTexts(json.RootElement);
            }

            return MessageOf(json);
        }
        catch (JsonException)
        {
            throw new McpRefusal(StatusCodes.Status400BadRequest, McpErrorCode.ParseError, $"Send JSON, at most {MaxDepth} levels deep and with no field twice.", default);
        }
    }

    private static JsonRpcMessage MessageOf(JsonDocument json)
    {
        try
        {
            return json.Deserialize(McpJson.Of<JsonRpcMessage>()) ?? throw Invalid("Send a JSON-RPC message, not null.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            throw Invalid("Send a JSON-RPC 2.0 message, with an id that is a text or a whole number, or none for a notification.");
        }
    }

    private static void CheckTexts(JsonElement json)
    {
        try
        {
            switch (json.ValueKind)
            {
                case JsonValueKind.String:
                    _ = json.GetString();
                    break;
                case JsonValueKind.Array:
                    foreach (JsonElement item in json.EnumerateArray())
                    {
                        CheckTexts(item);
                    }

                    break;
                case JsonValueKind.Object:
                    foreach (JsonProperty property in json.EnumerateObject())
                    {
                        _ = property.Name;
                        CheckTexts(property.Value);
                    }

                    break;
            }
        }
        catch (InvalidOperationException)
        {
            throw new McpRefusal(StatusCodes.Status400BadRequest, McpErrorCode.ParseError, "A text in the JSON is not valid Unicode.", default);
        }
    }

    private static void CheckAgainstHeaders(HttpRequest request, JsonRpcMessage message, RequestId id)
    {
        (string method, JsonObject? parameters) = message is JsonRpcRequest asked
            ? (asked.Method, asked.Params as JsonObject)
            : (((JsonRpcNotification)message).Method, ((JsonRpcNotification)message).Params as JsonObject);
        string? header = VersionOf(request);
        var meta = parameters?["_meta"] as JsonObject;
        string? stated = TextOf(meta, VersionKey);
        if (method == HandshakeMethod && header is not null && TextOf(parameters, "protocolVersion") is { } proposed && proposed != header)
        {
            throw Mismatch($"{VersionHeader} and 'protocolVersion' differ.", id);
        }

        if (header is null && McpVersions.HasMetadata(stated))
        {
            throw Mismatch($"Send the header {VersionHeader} too.", id);
        }

        if (!McpVersions.HasMetadata(header))
        {
            return;
        }

        if (message is JsonRpcRequest)
        {
            CheckMetadata(meta, stated, header!, id);
        }

        if (request.Header(MethodHeader)?.Trim() != method)
        {
            throw Mismatch($"Send the header {MethodHeader} with the method of the message.", id);
        }

        string? field = method switch { "tools/call" or "prompts/get" => "name", "resources/read" => "uri", _ => null };
        if (field is not null && (request.Header(NameHeader) is not { } name || McpHeaderEncoder.DecodeValue(name.Trim()) != TextOf(parameters, field)))
        {
            throw Mismatch($"Send the header {NameHeader} with the '{field}' of the message.", id);
        }

        if (message is JsonRpcRequest && s_removed.Contains(method))
        {
            throw new McpRefusal(StatusCodes.Status404NotFound, McpErrorCode.MethodNotFound, $"Version {header} has no method '{method}'.", id);
        }
    }

    // The SDK's transport reads these parameters before its server does, and does not answer where it cannot.
    private static void CheckHandshake(JsonRpcRequest handshake)
    {
        try
        {
            handshake.Params.Deserialize(McpJson.Of<InitializeRequestParams>());
        }
        catch (JsonException)
        {
            throw new McpRefusal(
                StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, "Send 'protocolVersion', 'capabilities' and 'clientInfo' as the protocol defines them.", handshake.Id);
        }
    }

    private static void CheckMetadata(JsonObject? meta, string? stated, string header, RequestId id)
    {
        if (stated is null || meta![CapabilitiesKey] is not JsonObject)
        {
            throw new McpRefusal(
                StatusCodes.Status400BadRequest, McpErrorCode.InvalidParams, $"Send '_meta' with '{VersionKey}', and '{CapabilitiesKey}' as an object.", id);
        }

        if (stated != header)
        {
            throw Mismatch($"{VersionHeader} and '_meta/{VersionKey}' differ.", id);
        }
    }

    private static string? TextOf(JsonObject? json, string name) => json?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static string Short(string text) => text.Length > 64 ? text[..64] : text;

    private static McpRefusal Invalid(string detail) => new(StatusCodes.Status400BadRequest, McpErrorCode.InvalidRequest, detail, default);

    private static McpRefusal Mismatch(string detail, RequestId id) => new(StatusCodes.Status400BadRequest, McpErrorCode.HeaderMismatch, detail, id);
}
