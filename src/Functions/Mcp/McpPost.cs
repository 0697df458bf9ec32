using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace McpFunctions.Functions.Mcp;

/// <summary>Answers the message of a POST by the SDK's server, which lives as long as the request: the gateway keeps no sessions.</summary>
/// <param name="options">The handlers.</param>
/// <param name="time">The clock of the keep-alive.</param>
internal sealed class McpPost(McpServerOptions options, TimeProvider time) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        CancellationToken cancellationToken = httpContext.RequestAborted;
        try
        {
            JsonRpcMessage message = await McpMessage.ReadAsync(httpContext.Request, cancellationToken);
            string? version = McpMessage.VersionOf(httpContext.Request);
            message.Context = new JsonRpcMessageContext { ProtocolVersion = version, Items = McpCall.ItemsOf(httpContext) };
            response.ContentType = ServerSentEvents.MediaType;
            response.Headers["X-Accel-Buffering"] = "no";
            if (!await RespondAsync(response, message, McpVersions.HasMetadata(version), cancellationToken))
            {
                response.ContentType = null;
                response.StatusCode = StatusCodes.Status202Accepted;
            }
        }
        catch (McpRefusal refusal)
        {
            await refusal.WriteAsync(response, cancellationToken);
        }
    }

    private async Task<bool> RespondAsync(HttpResponse response, JsonRpcMessage message, bool hasStatuses, CancellationToken cancellationToken)
    {
        await using var transport = new StreamableHttpServerTransport { Stateless = true };
        await using McpServer server = McpServer.Create(transport, options, null, response.HttpContext.RequestServices);
        Task running = server.RunAsync(cancellationToken);
        try
        {
            await using var body = new KeepAliveStream(response.Body, time);
            return await transport.HandlePostRequestAsync(
                message,
                body,
                first =>
                {
                    if (hasStatuses && first is JsonRpcError { Error: { } error } && !response.HasStarted)
                    {
                        response.StatusCode = StatusOf((McpErrorCode)error.Code);
                    }

                    return ValueTask.CompletedTask;
                },
                cancellationToken);
        }
        finally
        {
            // Ends the server's loop, so that nothing of the request is left.
            await transport.DisposeAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Since version 2026-07-28 an error has a status too.
    private static int StatusOf(McpErrorCode code) => code switch
    {
        McpErrorCode.MethodNotFound => StatusCodes.Status404NotFound,
        McpErrorCode.MissingRequiredClientCapability or McpErrorCode.UnsupportedProtocolVersion or McpErrorCode.HeaderMismatch => StatusCodes.Status400BadRequest,
        _ => StatusCodes.Status200OK,
    };
}
