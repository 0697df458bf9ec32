using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace McpFunctions.Functions.Mcp;

/// <summary>A message that the transport refuses, with the HTTP status and the JSON-RPC error.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="code">The code of the error.</param>
/// <param name="message">The reason and the remedy.</param>
/// <param name="id">The id of the request, where it is known.</param>
internal sealed class McpRefusal(int status, McpErrorCode code, string message, RequestId id) : Exception(message)
{
    /// <summary>The code of errors that only the transport knows, of the range that JSON-RPC leaves to servers.</summary>
    public const McpErrorCode OfTransport = (McpErrorCode)(-32000);

    /// <summary>More about the error.</summary>
    public JsonObject? ErrorData { get; init; }

    /// <summary>Sends it.</summary>
    public Task WriteAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        var error = new JsonRpcError { Id = id, Error = new JsonRpcErrorDetail { Code = (int)code, Message = Message, Data = ErrorData } };
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(error, McpJson.Of<JsonRpcError>());
        response.StatusCode = status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, cancellationToken).AsTask();
    }
}
