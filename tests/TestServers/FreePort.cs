using System.Net;
using System.Net.Sockets;

namespace McpFunctions.TestServers;

/// <summary>Loopback ports for servers that tests start.</summary>
public static class FreePort
{
    // Below the ports of outgoing connections on Linux (32768) and macOS (49152), so a server finds its port free when it starts again.
    private const int First = 20_000;
    private const int BlockSize = 500;
    private const int Blocks = 24;

    private static readonly Lock s_taking = new();

    // Held open until the process ends, so that parallel test processes never share a block.
    private static readonly List<FileStream> s_blocks = [];

    private static int s_next;
    private static int s_end;

    /// <summary>
    /// A port on which nothing listens now. This process never returns it twice, and other test processes do not get it while this one
    /// runs. Any other process may still take it: see <see cref="RetryAsync"/>.
    /// </summary>
    public static int Next() => Next(inARow: 1);

    /// <summary>The first of several consecutive ports of this kind.</summary>
    /// <exception cref="InvalidOperationException">No port is left.</exception>
    public static int Next(int inARow)
    {
        lock (s_taking)
        {
            while (true)
            {
                if (s_next + inARow > s_end)
                {
                    TakeBlock();
                }
                var first = s_next;
                s_next += inARow;
                if (Enumerable.Range(first, inARow).All(IsFree))
                {
                    return first;
                }
            }
        }
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

    /// <summary>Starts a server on a free port. Retries on another port when another process took the first one.</summary>
    /// <param name="start">Starts the server on the given port. A <see cref="ChildProcessException"/> with "address already in use" in its output causes a retry.</param>
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

    private static void TakeBlock()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), $"mcpfunctions-test-ports-{Environment.UserName}")).FullName;
        // In random order: the ports of a process that has just ended may still be in use.
        var blocks = Enumerable.Range(0, Blocks).ToArray();
        Random.Shared.Shuffle(blocks);
        foreach (var block in blocks)
        {
            try
            {
                s_blocks.Add(new FileStream(Path.Combine(folder, $"{block}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException)
            {
                // This or another process uses the block.
                continue;
            }
            s_next = First + (block * BlockSize);
            s_end = s_next + BlockSize;
            return;
        }
        throw new InvalidOperationException($"No free loopback port between {First} and {First + (Blocks * BlockSize)}.");
    }
}
