using System.Net.Sockets;
using McpFunctions.Local.FunctionsHost.Admin;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.HttpOverrides;

namespace McpFunctions.Local.FunctionsHost.Http;

/// <summary>The server that the app's callers see: its functions, the admin routes and the home page, on loopback only.</summary>
internal sealed class HttpFront : IAsyncDisposable
{
    // As long as the real host lets a request wait for the start of the app.
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);

    private readonly WebApplication _app;

    private HttpFront(WebApplication app) => _app = app;

    /// <summary>Where it listens, by the name that one would type.</summary>
    public Uri Address { get; private init; } = null!;

    /// <summary>Starts listening; requests for functions wait until the host runs.</summary>
    /// <exception cref="StartupException">The port is taken.</exception>
    public static async Task<HttpFront> StartAsync(
        HostSettings settings,
        FunctionEndpoints functions,
        AdminRoutes admin,
        HostLifecycle lifecycle,
        TimeSpan drainTime,
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
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRouting();
        builder.Services.AddSingleton<MatcherPolicy, FunctionMethodPolicy>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = drainTime);
        var cors = CorsOrigins(settings);
        if (cors.Length > 0)
            builder.Services.AddCors();

        var app = builder.Build();
        // Like the real host, whose web host reads this setting: the last X-Forwarded-For is the client's address. Else the connection's is.
        if (settings.App.IsTrue("ASPNETCORE_FORWARDEDHEADERS_ENABLED"))
        {
            var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
            forwarded.KnownIPNetworks.Clear();
            forwarded.KnownProxies.Clear();
            app.UseForwardedHeaders(forwarded);
        }

        app.Use((context, next) => GuardAsync(context, next, loggers.CreateLogger(LogCategories.Http)));
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
        app.MapMethods("/", ["GET", "HEAD"], context => HomePage.WriteAsync(context, settings.App.IsTrue("AzureWebJobsDisableHomepage")))
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
            throw new StartupException(
                $"Port {settings.Port} is unavailable. Close the process that uses it, or choose another one with --port.",
                e
            );
        }

        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new HttpFront(app) { Address = new UriBuilder("http", "localhost", address.Port).Uri };
    }

    /// <summary>Takes no more connections and waits for the requests in flight.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string[] CorsOrigins(HostSettings settings) =>
        (settings.Options.Cors ?? settings.Local.Host.Cors ?? "").Split(
            ',',
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries
        );

    private static async Task GuardAsync(HttpContext context, RequestDelegate next, ILogger logger)
    {
        if (!HasReadableHost(context.Request))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        try
        {
            await next(context);
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested || e is ConnectionResetException or EndOfStreamException)
        {
            // The client is gone: nobody is left to answer.
        }
        catch (BadHttpRequestException e)
        {
            context.Response.StatusCode = e.StatusCode;
        }
        catch (IOException) when (!context.Response.HasStarted)
        {
            // A body whose framing is none, such as a chunk's size that no number holds.
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

    // The server takes what the punycode decoder behind this property does not, such as "xn--".
    private static bool HasReadableHost(HttpRequest request)
    {
        try
        {
            _ = request.Host;
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static async Task WaitForHostAsync(HttpContext context, RequestDelegate next, HostLifecycle lifecycle)
    {
        // Routes of functions are unknown before; the admin routes and the home page are there from the start.
        var path = context.Request.Path;
        if (!path.StartsWithSegments("/admin") && path != "/" && !await lifecycle.CanInvokeAsync(StartPatience, context.RequestAborted))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("Function host is not running.", context.RequestAborted);
            return;
        }

        await next(context);
    }
}
