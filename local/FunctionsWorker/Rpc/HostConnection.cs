using System.Threading.Channels;
using Grpc.Core;
using Grpc.Net.Client;
using McpFunctions.Local.FunctionsProtocol;
using Microsoft.Azure.Functions.Worker.Hosting;

namespace Microsoft.Azure.Functions.Worker.Rpc;

/// <summary>
/// The stream of messages to and from the host. Messages can be sent from any thread and before the stream is open;
/// one writer sends them in order.
/// </summary>
internal sealed class HostConnection : IAsyncDisposable, IDisposable
{
    /// <summary>How many log messages may wait for the host; a host that stops reading must not fill the worker's memory.</summary>
    private const int MaxWaitingLogs = 10_000;

    private readonly Channel<StreamingMessage> _outgoing =
        Channel.CreateUnbounded<StreamingMessage>(new UnboundedChannelOptions { SingleReader = true });

    private GrpcChannel? _channel;
    private AsyncDuplexStreamingCall<StreamingMessage, StreamingMessage>? _call;
    private Task _writer = Task.CompletedTask;
    private int _waitingLogs;

    /// <summary>Opens the stream and says who the worker is.</summary>
    /// <exception cref="Grpc.Core.RpcException">The host cannot be reached.</exception>
    public async Task OpenAsync(WorkerSettings settings, CancellationToken cancellationToken)
    {
        _channel = GrpcChannel.ForAddress(settings.HostEndpoint, new GrpcChannelOptions
        {
            Credentials = ChannelCredentials.Insecure,
            // The host is on this machine: a proxy in the environment is not for it.
            HttpHandler = new SocketsHttpHandler { UseProxy = false },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = settings.MaxMessageLength,
            MaxSendMessageSize = settings.MaxMessageLength,
        });
        _call = new FunctionRpc.FunctionRpcClient(_channel).EventStream(cancellationToken: CancellationToken.None);

        var start = new StreamingMessage
        {
            RequestId = settings.RequestId,
            StartStream = new StartStream { WorkerId = settings.WorkerId },
        };
        await _call.RequestStream.WriteAsync(start, cancellationToken);
        _writer = WriteAllAsync(_call.RequestStream);
    }

    public void Send(StreamingMessage message) => _outgoing.Writer.TryWrite(message);

    /// <summary>Sends a log message, or writes it to the standard error where it cannot be sent.</summary>
    public void SendLog(RpcLog log)
    {
        if (Interlocked.Increment(ref _waitingLogs) > MaxWaitingLogs || !_outgoing.Writer.TryWrite(new StreamingMessage { RpcLog = log }))
        {
            Interlocked.Decrement(ref _waitingLogs);
            WriteToStandardError(log);
        }
    }

    /// <summary>Reads the host's messages until the host ends the stream or is gone.</summary>
    public IAsyncEnumerable<StreamingMessage> ReadAllAsync(CancellationToken cancellationToken) =>
        (_call ?? throw new InvalidOperationException("The connection is not open.")).ResponseStream.ReadAllAsync(cancellationToken);

    /// <summary>Sends what is waiting and ends the worker's side of the stream.</summary>
    public async Task CloseAsync(TimeSpan timeout)
    {
        _outgoing.Writer.TryComplete();
        try
        {
            await _writer.WaitAsync(timeout);
        }
        catch (Exception)
        {
            // The host is gone or does not read: there is nobody to send the rest to.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(TimeSpan.FromSeconds(1));
        Dispose();
    }

    public void Dispose()
    {
        _outgoing.Writer.TryComplete();
        _call?.Dispose();
        _channel?.Dispose();

        // Not sent: the worker failed before it reached the host, or the host is gone.
        while (_outgoing.Reader.TryRead(out var message))
        {
            if (message.RpcLog is { } log)
                WriteToStandardError(log);
        }
    }

    private async Task WriteAllAsync(IClientStreamWriter<StreamingMessage> stream)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync())
            {
                await stream.WriteAsync(message);
                if (message.RpcLog is not null)
                    Interlocked.Decrement(ref _waitingLogs);
            }

            await stream.CompleteAsync();
        }
        finally
        {
            // Where nothing can be sent any more, the log goes to the standard error.
            _outgoing.Writer.TryComplete();
        }
    }

    private static void WriteToStandardError(RpcLog log)
    {
        Console.Error.WriteLine($"{log.Level}: {log.Category}: {log.Message}");
        if (log.Exception is { } exception)
            Console.Error.WriteLine(exception.Message);
    }
}
