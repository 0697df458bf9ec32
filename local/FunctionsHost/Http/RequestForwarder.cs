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

    // The real host's time-out, for a connection on which nothing moves.
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
        // YARP's own log would repeat every request; a failure is in the invocation's.
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
                    // The worker says when it reads the body, or responds without it.
                    Expect100ContinueTimeout = Config.ActivityTimeout!.Value,
                },
            }
        );
    }

    /// <summary>The status for a request that cannot be sent on: 501 for CONNECT, 400 for a header outside ASCII; else null.</summary>
    /// <remarks>The real host finds out after it has started the invocation, and answers 500, for some requests only after 15 s.</remarks>
    public static int? RefusalOf(HttpRequest request) =>
        HttpMethods.IsConnect(request.Method) ? StatusCodes.Status501NotImplemented
        : request.Headers.Any(header => header.Value.Any(value => value is not null && !Ascii.IsValid(value)))
            ? StatusCodes.Status400BadRequest
        : null;

    /// <summary>Forwards one request; ends when the whole response is with the client.</summary>
    /// <exception cref="ForwardFailedException">One of them did not get through.</exception>
    public async Task ForwardAsync(
        HttpContext context,
        Uri worker,
        string invocationId,
        string traceParent,
        CancellationToken cancellationToken
    )
    {
        // One trace for the request and its invocation; a caller's own is in the invocation already.
        if (string.IsNullOrEmpty(context.Request.Headers.TraceParent))
            context.Request.Headers.TraceParent = traceParent;

        // A header of the client's own stays, as in the real host; its request finds no invocation and fails.
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

    // A worker that refuses a large body by its length must not be sent the body: its response would be lost on a broken connection. The
    // real host has read such a body before it forwards the request, so its client gets the response as well.
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
            // A client's own expectation was for this host. Beside another value the worker would ignore it, and the client below wait.
            proxyRequest.Headers.Expect.Clear();
            if (httpContext.Request.ContentLength > SmallBody)
                proxyRequest.Headers.ExpectContinue = true;
        }
    }
}
