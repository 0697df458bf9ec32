using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace McpFunctions.TestServers;

/// <summary>
/// A proxy in front of the table or the blob service of an <see cref="AzuriteServer"/>. It applies network faults, after which a client cannot
/// know whether storage executed its request.
/// </summary>
public sealed class StorageProxy : IAsyncDisposable
{
    private readonly AzuriteServer server;
    private readonly string? account;
    private readonly bool isForBlobs;
    private readonly WebApplication app;
    private readonly HttpClient client = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
    private Holding holding = new();

    private int held;

    private StorageProxy(AzuriteServer server, string? account, bool isForBlobs)
    {
        (this.server, this.account, this.isForBlobs) = (server, account, isForBlobs);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        // Kestrel would break off a body that stalls for 5 s.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MinRequestBodyDataRate = null);
        app = builder.Build();
        app.Run(PassAsync);
    }

    /// <summary>Chooses the fault of each request. The body is already read.</summary>
    public Func<HttpRequest, ProxyFault> Fault { get; set; } = _ => ProxyFault.None;

    /// <summary>Sees each request after storage has responded to it, before the client gets the response. The body is already read.</summary>
    public Action<HttpRequest>? Responded { get; set; }

    /// <summary>The number of requests that <see cref="ProxyFault.Hold"/> has delayed.</summary>
    public int Held => held;

    /// <summary>The proxy's port.</summary>
    public int Port => new Uri(app.Urls.Single()).Port;

    /// <summary>The connection string for the Azure SDK, with one service behind the proxy.</summary>
    public string ConnectionString =>
        AzuriteServer.ConnectionStringFor(isForBlobs ? server.Ports with { Blob = Port } : server.Ports with { Table = Port }, account);

    /// <summary>Starts a proxy.</summary>
    /// <param name="server">The server behind it. Disposing the proxy does not stop it.</param>
    /// <param name="account">One of the server's accounts; null means the default account.</param>
    /// <param name="isForBlobs">True for the blob service, false for the table service.</param>
    public static async Task<StorageProxy> StartAsync(AzuriteServer server, string? account = null, bool isForBlobs = false)
    {
        var proxy = new StorageProxy(server, account, isForBlobs);
        await proxy.app.StartAsync().ConfigureAwait(false);
        return proxy;
    }

    /// <summary>Whether a request commits an entity-group transaction.</summary>
    public static bool IsTransaction(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return request.Path.Value!.EndsWith("/$batch", StringComparison.Ordinal);
    }

    /// <summary>Whether a request concerns a table, directly or in a transaction.</summary>
    public static bool Concerns(HttpRequest request, string table)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!IsTransaction(request))
        {
            return request.Path.Value!.Contains($"/{table}", StringComparison.Ordinal);
        }

        return BodyOf(request).Contains($"/{table}", StringComparison.Ordinal);
    }

    /// <summary>The body of a request. It can be read more than once.</summary>
    public static string BodyOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Body.Position = 0;
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        return reader.ReadToEnd();
    }

    /// <summary>Passes on all held requests. Requests held later wait for the next call.</summary>
    /// <returns>The response of storage to the first of them.</returns>
    public Task<string> LetGo()
    {
        Holding ended = Interlocked.Exchange(ref holding, new Holding());
        ended.LetGo.TrySetResult();
        return ended.Response.Task.WaitAsync(Eventually.DefaultDeadline);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        holding.LetGo.TrySetResult();
        await app.DisposeAsync().ConfigureAwait(false);
        client.Dispose();
    }

    private async Task PassAsync(HttpContext context)
    {
        // Read first: when a client gives up, the rest of its body is lost.
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body).ConfigureAwait(false);
        context.Request.Body = body;
        body.Position = 0;
        ProxyFault fault = Fault(context.Request);
        body.Position = 0;
        switch (fault)
        {
            case ProxyFault.LoseRequest:
                context.Abort();
                return;
            case ProxyFault.Refuse or ProxyFault.RefuseIdentity:
                context.Response.StatusCode = fault == ProxyFault.Refuse ? StatusCodes.Status400BadRequest : StatusCodes.Status403Forbidden;
                context.Response.ContentType = "application/json";
                await context.Response.WriteAsync("""{"odata.error":{"code":"RefusedByATest","message":{"lang":"en-US","value":"Refused by a test."}}}""").ConfigureAwait(false);
                return;
        }

        using HttpRequestMessage request = Copy(context.Request, body);
        Holding mine = holding;
        if (fault == ProxyFault.Hold)
        {
            Interlocked.Increment(ref held);
            await mine.LetGo.Task.ConfigureAwait(false);
        }

        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead).ConfigureAwait(false);
        if (Responded is { } responded)
        {
            // The copy may have closed the stream.
            context.Request.Body = new MemoryStream(body.ToArray(), writable: false);
            responded(context.Request);
        }

        switch (fault)
        {
            case ProxyFault.LoseResponse:
                context.Abort();
                break;
            case ProxyFault.BreakOff:
                await BreakOffAsync(context, response).ConfigureAwait(false);
                break;
            case ProxyFault.Hold:
                mine.Response.TrySetResult(await response.Content.ReadAsStringAsync().ConfigureAwait(false));
                context.Abort();
                break;
            default:
                await RespondAsync(context, response).ConfigureAwait(false);
                break;
        }
    }

    private HttpRequestMessage Copy(HttpRequest incoming, Stream body)
    {
        // Unchanged: another encoding of the target would break the signature.
        string target = incoming.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var request = new HttpRequestMessage(
            new HttpMethod(incoming.Method), new Uri($"http://127.0.0.1:{(isForBlobs ? server.Ports.Blob : server.Ports.Table)}{target}"))
        {
            Content = new StreamContent(body),
        };
        foreach ((string name, var values) in incoming.Headers)
        {
            if (name is not ("Host" or "Connection" or "Transfer-Encoding" or "Expect") && !request.Headers.TryAddWithoutValidation(name, [.. values]))
            {
                request.Content.Headers.TryAddWithoutValidation(name, [.. values]);
            }
        }

        return request;
    }

    private static async Task BreakOffAsync(HttpContext context, HttpResponseMessage response)
    {
        byte[] content = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
        CopyHead(context, response);
        await context.Response.Body.WriteAsync(content.AsMemory(0, content.Length / 2)).ConfigureAwait(false);
        await context.Response.Body.FlushAsync().ConfigureAwait(false);
        context.Abort();
    }

    private static async Task RespondAsync(HttpContext context, HttpResponseMessage response)
    {
        CopyHead(context, response);
        if (response.StatusCode is not (HttpStatusCode.NoContent or HttpStatusCode.NotModified))
        {
            await response.Content.CopyToAsync(context.Response.Body).ConfigureAwait(false);
        }
    }

    private static void CopyHead(HttpContext context, HttpResponseMessage response)
    {
        context.Response.StatusCode = (int)response.StatusCode;
        foreach ((string name, IEnumerable<string> values) in response.Headers.Concat(response.Content.Headers))
        {
            if (name is not ("Transfer-Encoding" or "Connection" or "Keep-Alive"))
            {
                context.Response.Headers[name] = values.ToArray();
            }
        }
    }

    private sealed class Holding
    {
        public TaskCompletionSource LetGo { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string> Response { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
