using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Http;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace McpFunctions.Functions.Mcp;

/// <summary>Routes with which agents use the gateway through the Model Context Protocol (MCP).</summary>
/// <param name="protocol">The gateway as a server of the protocol.</param>
/// <param name="streams">Reads inboxes for live streams.</param>
/// <param name="options">Names the origins that may call.</param>
/// <param name="time">The clock.</param>
public sealed class McpEndpointFunctions(McpProtocol protocol, NotificationStreams streams, IOptions<McpOptions> options, TimeProvider time)
{
    private const string Route = "mcp";

    /// <summary>Send a message of the Model Context Protocol.</summary>
    /// <returns>200 with the response as server-sent events; 202 for a notification; a JSON-RPC error; or a problem.</returns>
    [Function("Mcp"), Access(AnyCredential = true, NamesMetadata = true)]
    [Operation(HttpStatusCode.OK, Body = typeof(JsonObject), Problems = [HttpStatusCode.Forbidden])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = ServerSentEvents.MediaType), AlsoResponds(HttpStatusCode.Accepted)]
    [AlsoResponds(HttpStatusCode.BadRequest, typeof(JsonObject)), AlsoResponds(HttpStatusCode.NotFound, MediaType = ServerSentEvents.MediaType)]
    [AlsoResponds(HttpStatusCode.NotFound, typeof(JsonObject)), AlsoResponds(HttpStatusCode.NotAcceptable, typeof(JsonObject))]
    public IResult Post([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request)
    {
        CheckOrigin(request);
        return new McpPost(protocol.Options, time);
    }

    /// <summary>Learn which of your resources have changed, as a client of an MCP version before 2026-07-28.</summary>
    /// <returns>200 with server-sent events, which stay open; a JSON-RPC error; or a problem.</returns>
    [Function("McpStream"), Access(AnyCredential = true, NamesMetadata = true)]
    [Operation(HttpStatusCode.OK, Parameters = ["Last-Event-ID"], Problems = [HttpStatusCode.Forbidden])]
    [AlsoResponds(HttpStatusCode.OK, MediaType = ServerSentEvents.MediaType), AlsoResponds(HttpStatusCode.BadRequest, typeof(JsonObject))]
    [AlsoResponds(HttpStatusCode.MethodNotAllowed, typeof(JsonObject)), AlsoResponds(HttpStatusCode.NotAcceptable, typeof(JsonObject))]
    public IResult Stream([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request)
    {
        CheckOrigin(request);
        return new McpStream(streams, NotificationFunctions.LastEventId(request));
    }

    /// <summary>Find out how to get a credential for the Model Context Protocol (RFC 9728).</summary>
    /// <returns>200 with the document.</returns>
    [Function("GetProtectedResource"), Access(Anonymous = true)]
    [Operation(HttpStatusCode.OK, typeof(ProtectedResource))]
    public static IResult GetProtectedResource(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = ResourceMetadata.Route)] HttpRequest request) =>
        HttpResults.Json(HttpStatusCode.OK, ProtectedResource.Of(ResourceMetadata.Of(request), Route), McpJsonContext.Api.ProtectedResource);

    // The protocol wants it against DNS rebinding: a page must not reach a gateway on its visitor's own machine or network.
    private void CheckOrigin(HttpRequest request)
    {
        if (request.Header(HeaderNames.Origin) is { } origin && !options.Value.Origins.Contains(origin, StringComparer.OrdinalIgnoreCase) && !IsLoopback(origin))
        {
            throw new ProblemException(Problem.Forbidden("Pages of this origin may not call. The setting Mcp__AllowedOrigins names those that may."));
        }
    }

    private static bool IsLoopback(string origin) => Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) && uri.IsLoopback && uri.Scheme is "http" or "https";
}
