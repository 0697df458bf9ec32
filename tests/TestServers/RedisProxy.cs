using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace McpFunctions.TestServers;

/// <summary>
/// A proxy in front of a <see cref="RedisServer"/>. It applies the faults that a test chooses to commands.
/// </summary>
public sealed class RedisProxy : IAsyncDisposable
{
    // The server replies to it with an error, so the replies keep their order.
    private static readonly byte[] NoCommand = "*1\r\n$17\r\nREFUSED-BY-A-TEST\r\n"u8.ToArray();

    private readonly RedisServer server;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    private RedisProxy(RedisServer server)
    {
        this.server = server;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>Chooses the fault of each command. <see cref="ProxyFault.Hold"/> is not supported: it would delay all later commands.</summary>
    public Func<RedisCommand, ProxyFault> Fault { get; set; } = _ => ProxyFault.None;

    /// <summary>A text in replies and its replacement of the same length, for example to report another server version.</summary>
    public (string Text, string Instead)? Rewritten { get; set; }

    /// <summary>The connection string for StackExchange.Redis, through the proxy.</summary>
    public string ConnectionString => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port},abortConnect=false";

    /// <summary>Starts a proxy.</summary>
    /// <param name="server">The server behind it. Disposing the proxy does not stop it.</param>
    public static RedisProxy Start(RedisServer server) => new(server);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        listener.Stop();
        await accepting.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(PassAsync(await listener.AcceptTcpClientAsync(stopping.Token).ConfigureAwait(false)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections).ConfigureAwait(false);
        }
    }

    private async Task PassAsync(TcpClient accepted)
    {
        using TcpClient client = accepted;
        using var upstream = new TcpClient { NoDelay = true };
        client.NoDelay = true;
        var connection = new Connection();
        try
        {
            await upstream.ConnectAsync(IPAddress.Loopback, server.Port, stopping.Token).ConfigureAwait(false);
            Task replies = PassRepliesAsync(upstream, client, connection);
            Task commands = PassCommandsAsync(client, upstream, replies, connection);
            await Task.WhenAny(replies, commands).ConfigureAwait(false);
            client.Close();
            upstream.Close();
            await Task.WhenAll(replies, commands).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side closed its connection, so both are closed.
        }
    }

    private async Task PassCommandsAsync(TcpClient client, TcpClient upstream, Task replies, Connection connection)
    {
        NetworkStream target = upstream.GetStream();
        PipeReader reader = PipeReader.Create(client.GetStream(), new StreamPipeReaderOptions(leaveOpen: true));
        while (true)
        {
            ReadResult read = await reader.ReadAsync(stopping.Token).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (RedisCommand.TryRead(ref buffer, out RedisCommand command, out byte[] raw))
            {
                switch (Fault(command))
                {
                    case ProxyFault.None:
                        await target.WriteAsync(raw, stopping.Token).ConfigureAwait(false);
                        break;
                    case ProxyFault.Refuse:
                        await target.WriteAsync(NoCommand, stopping.Token).ConfigureAwait(false);
                        break;
                    case ProxyFault.LoseRequest:
                        return;
                    case ProxyFault.LoseResponse:
                        connection.IsMute = true;
                        await target.WriteAsync(raw, stopping.Token).ConfigureAwait(false);
                        // The server executes everything that it received before it sees the end.
                        upstream.Client.Shutdown(SocketShutdown.Send);
                        await replies.ConfigureAwait(false);
                        return;
                    case var other:
                        throw new NotSupportedException($"A Redis proxy does not support {other}.");
                }
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private async Task PassRepliesAsync(TcpClient upstream, TcpClient client, Connection connection)
    {
        NetworkStream source = upstream.GetStream();
        NetworkStream target = client.GetStream();
        var buffer = new byte[64 * 1024];
        int length;
        while ((length = await source.ReadAsync(buffer, stopping.Token).ConfigureAwait(false)) > 0)
        {
            if (!connection.IsMute)
            {
                Rewrite(buffer.AsSpan(0, length));
                await target.WriteAsync(buffer.AsMemory(0, length), stopping.Token).ConfigureAwait(false);
            }
        }
    }

    private void Rewrite(Span<byte> replies)
    {
        if (Rewritten is not var (text, instead))
        {
            return;
        }

        ReadOnlySpan<byte> wanted = Encoding.UTF8.GetBytes(text);
        for (int index; (index = replies.IndexOf(wanted)) >= 0; replies = replies[(index + wanted.Length)..])
        {
            Encoding.UTF8.GetBytes(instead).CopyTo(replies[index..]);
        }
    }

    private sealed class Connection
    {
        public volatile bool IsMute;
    }
}
