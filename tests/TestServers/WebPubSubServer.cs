using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace McpFunctions.TestServers;

/// <summary>
/// Speaks the protocols of Azure Web PubSub that the gateway and its clients use: its REST interface of version 2024-12-01, and WebSockets with the
/// subprotocol <c>json.webpubsub.azure.v1</c>. It checks each token itself.
/// </summary>
public sealed class WebPubSubServer : IAsyncDisposable
{
    private const string Subprotocol = "json.webpubsub.azure.v1";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<WebSocket, string> _connections = new();
    private readonly ConcurrentQueue<string> _requests = [];

    private WebPubSubServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(RespondAsync);
    }

    /// <summary>The access key.</summary>
    public string Key { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>The token of an identity that may use the service.</summary>
    public string EntraToken { get; } = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));

    /// <summary>The address.</summary>
    public string Address => _app.Urls.Single();

    /// <summary>The connection string.</summary>
    public string ConnectionString => $"Endpoint={Address};AccessKey={Key};Version=1.0;";

    /// <summary>The requests so far: method, path and query.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Runs before each request of the REST interface; returns the status of an outage, or null.</summary>
    public Func<Task<HttpStatusCode?>> Before { get; set; } = () => Task.FromResult<HttpStatusCode?>(null);

    /// <summary>Starts a server.</summary>
    public static async Task<WebPubSubServer> StartAsync()
    {
        var server = new WebPubSubServer();
        await server._app.StartAsync().ConfigureAwait(false);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Keys)
        {
            connection.Abort();
        }
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private Task RespondAsync(HttpContext context) => context.Request.Path.Value!.Split('/')[1..] switch
    {
        ["client", "hubs", var hub] => ConnectAsync(context, hub),
        ["api", "hubs", _, .. var action] when HttpMethods.IsPost(context.Request.Method) && context.Request.Query["api-version"] == "2024-12-01" => CallAsync(context, action),
        _ => RefuseAsync(context, HttpStatusCode.NotFound),
    };

    private async Task CallAsync(HttpContext context, string[] action)
    {
        var request = context.Request;
        _requests.Enqueue($"{request.Method} {request.Path}{request.QueryString}");
        if (await Before() is { } outage)
        {
            await RefuseAsync(context, outage);
            return;
        }
        var token = $"{request.Headers.Authorization}".Replace("Bearer ", "", StringComparison.Ordinal);
        if (token != EntraToken && SubjectOf(token, $"{Address}{request.Path}{request.QueryString}") is null)
        {
            await RefuseAsync(context, HttpStatusCode.Unauthorized);
            return;
        }
        switch (action)
        {
            case ["users", var user, ":send"] when request.ContentType == "application/json":
                using (var body = await JsonDocument.ParseAsync(request.Body))
                {
                    var frame = new { type = "message", from = "server", dataType = "json", data = body.RootElement };
                    await Task.WhenAll(_connections.Where(each => each.Value == user).Select(each => SendAsync(each.Key, frame)));
                }
                context.Response.StatusCode = (int)HttpStatusCode.Accepted;
                break;
            case ["users", var user, ":closeConnections"]:
                await Task.WhenAll(_connections.Where(each => each.Value == user)
                    .Select(each => each.Key.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, request.Query["reason"], CancellationToken.None)));
                context.Response.StatusCode = (int)HttpStatusCode.NoContent;
                break;
            case [":generateToken"]:
                await context.Response.WriteAsJsonAsync(new
                {
                    token = Sign($"{Address}/client/hubs/{request.Path.Value!.Split('/')[3]}", request.Query["userId"]!, int.Parse(request.Query["minutesToExpire"]!, System.Globalization.CultureInfo.InvariantCulture)),
                });
                break;
            default:
                await RefuseAsync(context, HttpStatusCode.BadRequest);
                break;
        }
    }

    private async Task ConnectAsync(HttpContext context, string hub)
    {
        if (!context.WebSockets.IsWebSocketRequest || SubjectOf(context.Request.Query["access_token"]!, $"{Address}/client/hubs/{hub}") is not { Length: > 0 } user)
        {
            await RefuseAsync(context, HttpStatusCode.Unauthorized);
            return;
        }
        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.Contains(Subprotocol) ? Subprotocol : null);
        // First, so that a client that is connected misses no message.
        _connections[socket] = user;
        await SendAsync(socket, new { type = "system", @event = "connected", userId = user, connectionId = context.Connection.Id });
        try
        {
            while ((await socket.ReceiveAsync(new byte[1024], context.RequestAborted)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The client has gone.
        }
        finally
        {
            _connections.TryRemove(socket, out _);
        }
    }

    private static Task RefuseAsync(HttpContext context, HttpStatusCode status)
    {
        context.Response.StatusCode = (int)status;
        return Task.CompletedTask;
    }

    private static Task SendAsync(WebSocket socket, object frame) =>
        socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(frame), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    // The subject of a token, empty without one; null if the token is not valid for the audience now.
    private string? SubjectOf(string token, string audience)
    {
        if (token.Split('.') is not [var header, var claims, var signature]
            || signature != Base64Url(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.ASCII.GetBytes($"{header}.{claims}"))))
        {
            return null;
        }
        var head = JsonDocument.Parse(FromBase64Url(header)).RootElement;
        var body = JsonDocument.Parse(FromBase64Url(claims)).RootElement;
        return head.GetProperty("alg").GetString() == "HS256"
            && body.GetProperty("aud").GetString() == audience
            && DateTimeOffset.FromUnixTimeSeconds(body.GetProperty("exp").GetInt64()) is var expiry
            && expiry > DateTimeOffset.UtcNow && expiry < DateTimeOffset.UtcNow.AddHours(1)
            ? body.TryGetProperty("sub", out var subject) ? subject.GetString() : "" : null;
    }

    private string Sign(string audience, string user, int minutes)
    {
        var text = $"{Part(new { alg = "HS256", typ = "JWT" })}.{Part(new { aud = audience, sub = user, exp = DateTimeOffset.UtcNow.AddMinutes(minutes).ToUnixTimeSeconds() })}";
        return $"{text}.{Base64Url(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Key), Encoding.ASCII.GetBytes(text)))}";
    }

    private static string Part(object json) => Base64Url(JsonSerializer.SerializeToUtf8Bytes(json));

    private static string Base64Url(byte[] bytes) => Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static byte[] FromBase64Url(string text) => Convert.FromBase64String(text.Replace('-', '+').Replace('_', '/').PadRight((text.Length + 3) / 4 * 4, '='));
}
