using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace McpFunctions.TestServers;

/// <summary>
/// Stands before the table service of an <see cref="AzuriteServer"/>, or before its blob service, and loses what a test tells it to: the network's
/// failures, after which a client cannot know whether its request was carried out.
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
        app = builder.Build();
        app.Run(PassAsync);
    }

    /// <summary>What happens to a request; asked for each one, with its body read already.</summary>
    public Func<HttpRequest, ProxyFault> Fault { get; set; } = _ => ProxyFault.None;

    /// <summary>How many requests <see cref="ProxyFault.Hold"/> has held.</summary>
    public int Held => held;

    /// <summary>Where the proxy listens.</summary>
    public int Port => new Uri(app.Urls.Single()).Port;

    /// <summary>For the Azure SDK: the server behind, with the one service seen through the proxy.</summary>
    public string ConnectionString =>
        AzuriteServer.ConnectionStringFor(isForBlobs ? server.Ports with { Blob = Port } : server.Ports with { Table = Port }, account);

    /// <summary>Starts a proxy.</summary>
    /// <param name="server">The server behind it; it is not stopped with the proxy.</param>
    /// <param name="account">One of the server's accounts; the usual one when null.</param>
    /// <param name="isForBlobs">Whether it stands before the blob service.</param>
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

    /// <summary>Whether a request concerns a table, alone or in a transaction.</summary>
    public static bool Concerns(HttpRequest request, string table)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (!IsTransaction(request))
        {
            return request.Path.Value!.Contains($"/{table}", StringComparison.Ordinal);
        }

        return BodyOf(request).Contains($"/{table}", StringComparison.Ordinal);
    }

    /// <summary>The body of a request, however often it is asked for.</summary>
    public static string BodyOf(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Body.Position = 0;
        using var reader = new StreamReader(request.Body, leaveOpen: true);
        return reader.ReadToEnd();
    }

    /// <summary>Passes all held requests on; those that are held afterwards wait for the next call.</summary>
    /// <returns>What storage answered to the first of them.</returns>
    public Task<string> LetGo()
    {
        Holding ended = Interlocked.Exchange(ref holding, new Holding());
        ended.LetGo.TrySetResult();
        return ended.Answer.Task.WaitAsync(Eventually.DefaultDeadline);
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
        // Read first: a client that gives up takes the rest of its body with it.
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
            case ProxyFault.Refuse:
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
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
        switch (fault)
        {
            case ProxyFault.LoseAnswer:
                context.Abort();
                break;
            case ProxyFault.BreakOff:
                await BreakOffAsync(context, response).ConfigureAwait(false);
                break;
            case ProxyFault.Hold:
                mine.Answer.TrySetResult(await response.Content.ReadAsStringAsync().ConfigureAwait(false));
                context.Abort();
                break;
            default:
                await AnswerAsync(context, response).ConfigureAwait(false);
                break;
        }
    }

    private HttpRequestMessage Copy(HttpRequest incoming, Stream body)
    {
        // As it came: what a signature covers must not be encoded another way.
        string target = incoming.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var request = new HttpRequestMessage(new HttpMethod(incoming.Method), new Uri($"http://127.0.0.1:{(isForBlobs ? server.Ports.Blob : server.Ports.Table)}{target}"))
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

    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage response)
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

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
