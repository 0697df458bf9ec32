using System.Diagnostics;
using System.Text.Json;
using McpFunctions.Functions.Http;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>What handlers know of the HTTP request that brought a message.</summary>
internal static class McpCall
{
    private const string HttpItem = "http";

    /// <summary>The items of a message.</summary>
    public static Dictionary<string, object?> ItemsOf(HttpContext http) => new() { [HttpItem] = http };

    /// <summary>The HTTP request that brought a message.</summary>
    public static HttpContext Http(this MessageContext context) => (HttpContext)context.Items[HttpItem]!;

    /// <summary>Whether the version of the protocol has its own code for a missing resource.</summary>
    public static bool HasMetadata(this MessageContext context) => McpVersions.HasMetadata(context.JsonRpcMessage.Context?.ProtocolVersion);

    /// <summary>A problem as JSON, with the id of the request in traces and logs.</summary>
    public static JsonElement JsonOf(Problem problem) =>
        JsonSerializer.SerializeToElement(problem with { TraceId = Activity.Current?.TraceId.ToString() }, ProblemJsonContext.Api.Problem);

    /// <summary>A problem as the protocol's error, with the problem in its data.</summary>
    public static McpProtocolException ErrorOf(Problem problem, MessageContext context)
    {
        McpErrorCode code = problem.Status switch
        {
            StatusCodes.Status404NotFound => context.HasMetadata() ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound,
            >= StatusCodes.Status500InternalServerError => McpErrorCode.InternalError,
            _ => McpErrorCode.InvalidParams,
        };
        var error = new McpProtocolException(problem.Detail, code);
        foreach (JsonProperty field in JsonOf(problem).EnumerateObject())
        {
            error.Data[field.Name] = field.Value.Clone();
        }

        return error;
    }
}
