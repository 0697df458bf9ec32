using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace McpFunctions.TestServers;

/// <summary>Loopback ports for servers that tests start.</summary>
public static class FreePort
{
    // Below the ranges from which Linux (32768) and macOS (49152) take ports for outgoing connections: a server that a
    // test stops and starts again finds its port free.
    private const int First = 20_000;
    private const int Last = 32_000;

    private static readonly ConcurrentDictionary<int, bool> s_handedOut = new();

    /// <summary>A port that nothing listens on now, never handed out before by this process. Another process may still take it: see <see cref="RetryAsync"/>.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < 1_000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (s_handedOut.TryAdd(port, true) && IsFree(port))
            {
                return port;
            }
        }
        throw new InvalidOperationException($"No free loopback port between {First} and {Last}.");
    }

    /// <summary>Whether a server could listen on <paramref name="port"/> of the loopback address now.</summary>
    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Starts a server on a free port, and again on another one when somebody else was quicker to take it.</summary>
    /// <param name="start">Starts the server on the given port; a <see cref="ChildProcessException"/> with "address already in use" in its output means: try again.</param>
    public static async Task<T> RetryAsync<T>(Func<int, Task<T>> start)
    {
        const int Attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await start(Next()).ConfigureAwait(false);
            }
            catch (ChildProcessException error) when (error.AddressInUse && attempt < Attempts)
            {
            }
        }
    }
}
