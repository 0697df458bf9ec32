using System.Net;
using System.Text;
using McpFunctions.Local.FunctionsHost.Invocations;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.ReverseProxy.Forwarder;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>Forwards requests to the HTTP server of a worker, and streams its responses back.</summary>
internal sealed class RequestForwarder : IDisposable
{
    private const string InvocationIdHeader = "x-ms-invocation-id";

    // The real host's timeout for an idle connection.
    private static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = TimeSpan.FromSeconds(240),
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private static readonly ForwardTransformer s_transformer = new();

    private readonly ServiceProvider _services;
    private readonly IHttpForwarder _forwarder;
    private readonly HttpMessageInvoker _client;

    public RequestForwarder(TimeProvider time)
    {
        // YARP's own log would repeat every request. The invocation's log already shows failures.
        _services = new ServiceCollection()
            .AddSingleton<ILoggerFactory>(NullLoggerFactory.Instance)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddHttpForwarder()
            .BuildServiceProvider();
        _forwarder = _services.GetRequiredService<IHttpForwarder>();
        _client = new HttpMessageInvoker(
            new ConnectRetryHandler(time)
            {
                InnerHandler = new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    UseProxy = false,
                    ActivityHeadersPropagator = null,
                    AutomaticDecompression = DecompressionMethods.None,
                    // Wait until the worker asks for the body, or responds without it.
                    Expect100ContinueTimeout = Config.ActivityTimeout!.Value,
                },
            }
        );
    }

    /// <summary>The status for a request that cannot be forwarded: 501 for CONNECT, 400 for a header outside ASCII. Otherwise null.</summary>
    /// <remarks>The real host fails after the start of the invocation. It responds with 500, to some requests only after 15 s.</remarks>
    public static int? RefusalOf(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) ? StatusCodes.Status501NotImplemented
        : request.Headers.Any(header => header.Value.Any(value => value is not null && !Ascii.IsValid(value)))
            ? StatusCodes.Status400BadRequest
        : null;

    /// <summary>Forwards one request. Ends when the client has the whole response.</summary>
    /// <exception cref="ForwardFailedException">The request did not reach the worker, or the response did not reach the client.</exception>
    public async Task ForwardAsync(
        HttpContext context,
        Uri worker,
        string invocationId,
        string traceParent,
        CancellationToken cancellationToken
    )
    {
        // The request and its invocation need the same trace. The invocation already has a caller's own trace.
        if (string.IsNullOrEmpty(context.Request.Headers.TraceParent))
            context.Request.Headers.TraceParent = traceParent;

        // As in the real host, keep a client's own header. Its request then finds no invocation and fails.
        context.Request.Headers.TryAdd(InvocationIdHeader, invocationId);
        var error = await _forwarder.SendAsync(context, worker.ToString(), _client, Config, s_transformer, cancellationToken);
        if (error != ForwarderError.None)
            throw new ForwardFailedException(error, context.GetForwarderErrorFeature()?.Exception);
    }

    public void Dispose()
    {
        _client.Dispose();
        _services.Dispose();
    }

    // The real host reads a body before it forwards the request. A worker that refuses a large one would break the connection here.
    private sealed class ForwardTransformer : HttpTransformer
    {
        private const long SmallBody = 64 * 1024;

        public override async ValueTask TransformRequestAsync(
            HttpContext httpContext,
            HttpRequestMessage proxyRequest,
            string destinationPrefix,
            CancellationToken cancellationToken
        )
        {
            await Default.TransformRequestAsync(httpContext, proxyRequest, destinationPrefix, cancellationToken);
            // The client's Expect header was for this host. Given two values, the worker would ignore both, and this request would wait.
            proxyRequest.Headers.Expect.Clear();
            if (httpContext.Request.ContentLength > SmallBody)
                proxyRequest.Headers.ExpectContinue = true;
        }
    }
}
