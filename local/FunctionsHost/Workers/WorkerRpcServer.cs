using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The gRPC server that workers call, on its own loopback port.</summary>
internal sealed class WorkerRpcServer : IAsyncDisposable
{
    private const int FlowControlWindow = 16 * 1024 * 1024; // a 100 MB body needs a few round trips instead of hundreds

    private readonly WebApplication _app;

    private WorkerRpcServer(WebApplication app) => _app = app;

    public Uri Endpoint => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public static async Task<WorkerRpcServer> StartAsync(
        WorkerChannels channels,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    )
    {
        // An empty builder: the environment and settings files in the working directory must not configure the host's servers.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinRequestBodyDataRate = null; // a worker may be silent for hours
                kestrel.Limits.Http2.InitialConnectionWindowSize = FlowControlWindow;
                kestrel.Limits.Http2.InitialStreamWindowSize = FlowControlWindow;
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            });
        builder.Services.AddRouting();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(channels);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = WorkerArguments.MaxMessageLength);

        var app = builder.Build();
        app.UseRouting();
        app.MapGrpcService<WorkerRpcService>();
        await app.StartAsync(cancellationToken);
        return new WorkerRpcServer(app);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
