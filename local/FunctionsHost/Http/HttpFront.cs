using System.Net;
using System.Net.Sockets;
using McpFunctions.Local.FunctionsHost.Admin;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Logging.Abstractions;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>The HTTP server for the app's callers: functions, admin routes and home page, on loopback only.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    // The real host lets a request wait this long for the start of the app.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;

    private HttpFront(WebApplication app) => _app = app;

    /// <summary>The address of the server, with the name localhost.</summary>
    public Uri Address { get; private init; } = null!;

    /// <summary>Checks the port before a worker starts. Another process may still take it before <see cref="StartAsync"/>.</summary>
    /// <exception cref="StartupException">The port is in use.</exception>
    public static void RequireFreePort(int port)
    {
        try
        {
            // Without Listen, so that no client connects.
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        }
        catch (SocketException e)
        {
            throw PortUnavailable(port, e);
        }
    }

    /// <summary>Starts the server. Requests for functions wait until the host runs.</summary>
    /// <exception cref="StartupException">The port is in use.</exception>
    public static async Task<HttpFront> StartAsync(
        HostSettings settings,
        FunctionEndpoints functions,
        AdminRoutes admin,
        HostLifecycle lifecycle,
        TimeSpan drainTime,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    )
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = settings.MaxRequestBodySize;
                kestrel.ListenLocalhost(settings.Port);
            });
        builder.Services.AddSingleton<ILoggerFactory>(new ServerLoggers(loggers));
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MatcherPolicy, FunctionMethodPolicy>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = drainTime);
        var cors = CorsOrigins(settings);
        if (cors.Length > 0)
            builder.Services.AddCors();

        var app = builder.Build();
        // The real host's web server reads this setting too: the client's address is then the last X-Forwarded-For, not the connection's.
        if (settings.App.IsTrue("ASPNETCORE_FORWARDEDHEADERS_ENABLED"))
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            app.UseForwardedHeaders(forwarded);
        }

        var logger = loggers.CreateLogger(LogCategories.Http);
        app.Use((context, next) => LogAsync(context, next, time, logger));
        app.Use((context, next) => GuardAsync(context, next, settings.Port, logger));
        if (cors.Length > 0)
        {
            app.UseCors(policy =>
            {
                policy.WithOrigins(cors).AllowAnyHeader().AllowAnyMethod();
                if (settings.Local.Host.CorsCredentials)
                    policy.AllowCredentials();
            });
        }

        app.Use((context, next) => WaitForHostAsync(context, next, lifecycle));
        app.UseRouting();
        admin.Map(app);
        var homePage = new HomePage(settings, functions);
        app.MapMethods("/", ["GET", "HEAD"], homePage.WriteAsync)
            .WithOrder(int.MaxValue);
        ((IEndpointRouteBuilder)app).DataSources.Add(functions);
        app.UseEndpoints(_ => { });

        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await app.DisposeAsync();
            throw PortUnavailable(settings.Port, e);
        }

        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new HttpFront(app) { Address = new UriBuilder("http", "localhost", address.Port).Uri };
    }

    /// <summary>Accepts no more connections and waits for the running requests.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static StartupException PortUnavailable(int port, Exception reason) =>
        new($"Port {port} is unavailable. Close the process that uses it, or choose another one with --port.", reason);

    private static string[] CorsOrigins(HostSettings settings) =>
        (settings.Options.Cors ?? settings.Local.Host.Cors ?? "").Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    // Do not log the query, which may hold a secret.
    private static async Task LogAsync(HttpContext context, RequestDelegate next, TimeProvider time, ILogger logger)
    {
        var started = time.GetTimestamp();
        var path = context.Request.Path.ToUriComponent();
        try
        {
            await next(context);
        }
        finally
        {
            if (logger.IsEnabled(LogLevel.Information))
            {
                var status = context.RequestAborted.IsCancellationRequested ? "aborted" : $"{context.Response.StatusCode}";
                var elapsed = time.GetElapsedTime(started);
                logger.Responded(context.Request.Method, path, status, (long)elapsed.TotalMilliseconds);
            }
        }
    }

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, int port, ILogger logger)
    {
        if (!IsForThisMachine(context.Request, port))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        // A page of another site can send such a request although it cannot read the response.
        if (context.Request.Path.StartsWithSegments("/admin") && IsOfAnotherSite(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException or EndOfStreamException)
        {
            // The client is gone, so nobody reads a response.
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
        }
        catch (IOException) when (!context.Response.HasStarted)
        {
            // The body has invalid framing, such as a chunk size that is too large for a number.
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (Exception e)
        {
            logger.RequestFailed(e, context.Request.Method, context.Request.Path);
            if (context.Response.HasStarted)
                context.Abort();
            else
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }
    }

    // Accept only this machine's own names. A web page whose domain name resolves to this machine could otherwise read the keys.
    private static bool IsForThisMachine(HttpRequest request, int port)
    {
        try
        {
            var host = request.Host;
            if (!host.HasValue)
            {
                // HTTP/1.0 has no Host header, but later code needs one.
                request.Host = new HostString("localhost", port);
                return true;
            }

            return host.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(host.Host, out var address) && IPAddress.IsLoopback(address));
        }
        catch (ArgumentException)
        {
            // The server accepts names that the punycode decoder of this property rejects, such as "xn--".
            return false;
        }
    }

    private static bool IsOfAnotherSite(HttpRequest request) =>
        request.Headers.Origin is [{ } origin] && !(Uri.TryCreate(origin, UriKind.Absolute, out var site) && site.IsLoopback);

    private static async Task WaitForHostAsync(HttpContext context, RequestDelegate next, HostLifecycle lifecycle)
    {
        // The routes of functions are unknown until the host runs. The admin routes and the home page need no wait.
        var path = context.Request.Path;
        if (!path.StartsWithSegments("/admin") && path != "/" && !await lifecycle.CanInvokeAsync(StartTimeout, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("Function host is not running.", context.RequestAborted);
            return;
        }

        await next(context);
    }

    /// <summary>The loggers of the web server, without the failure to start, which the host reports itself with what to do.</summary>
    private sealed class ServerLoggers(ILoggerFactory loggers) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) =>
            categoryName == "Microsoft.Extensions.Hosting.Internal.Host" ? NullLogger.Instance : loggers.CreateLogger(categoryName);

        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        public void Dispose() { }
    }
}
