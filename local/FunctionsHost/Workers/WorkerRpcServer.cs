using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>
/// The gRPC server that workers call, on its own loopback port. The port takes calls at once, so that a worker can start beside the server.
/// </summary>
internal sealed class WorkerRpcServer : IAsyncDisposable
{
    private const int FlowControlWindow = 16 * 1024 * 1024; // a 100 MB body needs a few round trips instead of hundreds

    private readonly Socket _socket;
    private readonly IPEndPoint _endPoint;
    private WebApplication? _app;

    public WorkerRpcServer()
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _socket.Listen();
        _endPoint = (IPEndPoint)_socket.LocalEndPoint!;
    }

    public Uri Endpoint => new($"http://{_endPoint}");

    /// <summary>Answers calls, and those that wait since the server was made.</summary>
    public async Task StartAsync(WorkerChannels channels, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        // An empty builder: the environment and settings files in the working directory must not configure the host's servers.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder
            .WebHost.UseKestrelCore()
            .UseSockets(sockets => sockets.CreateBoundListenSocket = _ => _socket)
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinRequestBodyDataRate = null; // a worker may be silent for hours
                kestrel.Limits.Http2.InitialConnectionWindowSize = FlowControlWindow;
                kestrel.Limits.Http2.InitialStreamWindowSize = FlowControlWindow;
                kestrel.Listen(_endPoint, listen => listen.Protocols = HttpProtocols.Http2);
            });
        builder.Services.AddRouting();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton(channels);
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = grpc.MaxSendMessageSize = WorkerArguments.MaxMessageLength);

        _app = builder.Build();
        _app.UseRouting();
        _app.MapGrpcService<WorkerRpcService>();
        await _app.StartAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _socket.Dispose();
    }
}
