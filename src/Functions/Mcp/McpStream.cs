using McpFunctions.Functions.Http;
using McpFunctions.Functions.Notifications;
using McpFunctions.Functions.Streams;
using Microsoft.AspNetCore.Http;

namespace McpFunctions.Functions.Mcp;

/// <summary>The GET stream of versions with a handshake, which tells of changed resources.</summary>
/// <param name="streams">Reads inboxes for live streams.</param>
/// <param name="after">The sequence of the last event that the client has seen; null to begin now.</param>
internal sealed class McpStream(NotificationStreams streams, long? after) : IResult
{
    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpRequest request = httpContext.Request;
        try
        {
            McpMessage.CheckVersion(request, default);
            McpMessage.CheckAccept(request, ServerSentEvents.MediaType);
            if (McpVersions.HasMetadata(McpMessage.VersionOf(request)))
            {
                httpContext.Response.Headers.Allow = HttpMethods.Post;
                throw new McpRefusal(
                    StatusCodes.Status405MethodNotAllowed, McpRefusal.OfTransport, $"Version {McpVersions.Current} has no GET stream: send 'subscriptions/listen' by POST.", default);
            }
        }
        catch (McpRefusal refusal)
        {
            await refusal.WriteAsync(httpContext.Response, httpContext.RequestAborted);
            return;
        }

        long begin = after ?? await streams.NewestAsync(request.Principal(), httpContext.RequestAborted);
        await streams.Open(request.Principal(), begin, null, notification => McpUpdates.EventsOf(notification, request.Principal())).ExecuteAsync(httpContext);
    }
}
