
namespace McpFunctions.TestServers;

/// <summary>A real redis-server on its own loopback port, with its append-only file in a temporary folder.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TemporaryFolder _data;
    private ChildProcess _process;

    private RedisServer(int port, TemporaryFolder data, ChildProcess process)
    {
        Port = port;
        _data = data;
        _process = process;
    }

    /// <summary>The port. It stays the same across restarts.</summary>
    public int Port { get; }

    /// <summary>The connection string for StackExchange.Redis, with <c>abortConnect=false</c> as in the sample settings: a client may start before the server.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},abortConnect=false";

    /// <summary>The connection string for a test's own client.</summary>
    public string ConnectionStringOfTests => OfTests(ConnectionString);

    /// <summary>A connection string for a test's own client, which waits longer than a busy machine stalls.</summary>
    public static string OfTests(string connection)
    {
        // The default of connectTimeout is syncTimeout, and the pause between two attempts to connect is half of connectTimeout.
        var timeout = (int)Eventually.DefaultDeadline.TotalMilliseconds;
        return $"{connection},connectTimeout=5000,syncTimeout={timeout},asyncTimeout={timeout}";
    }

    /// <summary>The folder of its append-only file, for tests that restore an old file.</summary>
    public string DataFolder => _data.Path;

    /// <summary>Extra arguments for the next <see cref="StartAgainAsync"/>, for example <c>--rename-command</c>.</summary>
    public IReadOnlyList<string> Arguments { get; set; } = [];

    /// <summary>The redis-server process; after a stop, the last one.</summary>
    public ChildProcess Process => _process;

    /// <summary>Starts an empty server and waits until it is ready.</summary>
    public static Task<RedisServer> StartAsync() => StartWithAsync([]);

    /// <summary>Starts an empty server and waits until it is ready.</summary>
    /// <param name="arguments">Extra arguments, for this and the next starts.</param>
    public static async Task<RedisServer> StartWithAsync(params IReadOnlyList<string> arguments)
    {
        await Prerequisites.EnsureAsync().ConfigureAwait(false);
        var data = new TemporaryFolder();
        try
        {
            return await FreePort.RetryAsync(async port => new RedisServer(port, data, await LaunchAsync(port, data, arguments).ConfigureAwait(false)) { Arguments = arguments }).ConfigureAwait(false);
        }
        catch
        {
            data.Dispose();
            throw;
        }
    }

    /// <summary>A server that does not run yet: <see cref="StartAgainAsync"/> starts it. For tests of programs without Redis.</summary>
    public static async Task<RedisServer> StoppedAsync()
    {
        var server = await StartAsync().ConfigureAwait(false);
        await server.StopAsync().ConfigureAwait(false);
        return server;
    }

    /// <summary>Stops it with SIGTERM: it writes its file and closes its connections.</summary>
    public Task StopAsync() => _process.TerminateAsync(Eventually.DefaultDeadline);

    /// <summary>Kills it with SIGKILL.</summary>
    public Task KillAsync() => _process.KillAsync();

    /// <summary>Freezes the process: connections stay open, but no command gets a reply.</summary>
    public void Freeze() => _process.Send(ProcessSignal.Freeze);

    /// <summary>Lets the process continue after <see cref="Freeze"/>.</summary>
    public void Thaw() => _process.Send(ProcessSignal.Thaw);

    /// <summary>Starts it again on the same port after <see cref="StopAsync"/> or <see cref="KillAsync"/>.</summary>
    /// <param name="keepData">False: it starts empty.</param>
    public async Task StartAgainAsync(bool keepData = true)
    {
        if (!_process.HasExited)
        {
            throw new InvalidOperationException("Redis is still running.");
        }
        await _process.DisposeAsync().ConfigureAwait(false);
        if (!keepData)
        {
            _data.Clear();
        }
        _process = await LaunchAsync(Port, _data, Arguments).ConfigureAwait(false);
    }

    /// <summary>A copy of its append-only file as it is now.</summary>
    public FolderCopy CopyData() => FolderCopy.Of(_data.Path);

    /// <summary>Starts it again on the same port, with the append-only file of an earlier <see cref="CopyData"/>.</summary>
    public Task StartAgainWithAsync(FolderCopy oldData)
    {
        ArgumentNullException.ThrowIfNull(oldData);
        oldData.RestoreTo(_data.Path);
        return StartAgainAsync(keepData: true);
    }

    /// <summary>Stops it and starts it again on the same port.</summary>
    /// <param name="keepData">False: it starts empty.</param>
    public async Task RestartAsync(bool keepData = true)
    {
        await StopAsync().ConfigureAwait(false);
        await StartAgainAsync(keepData).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync().ConfigureAwait(false);
        _data.Dispose();
    }

    private static async Task<ChildProcess> LaunchAsync(int port, TemporaryFolder data, IReadOnlyList<string> arguments)
    {
        var process = await ChildProcess.StartAsync(
            "redis-server",
            ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", data.Path, "--appendonly", "yes", "--save", "", .. arguments],
            name: $"redis-server on port {port}").ConfigureAwait(false);
        try
        {
            await process.WaitForLineAsync("Ready to accept connections").ConfigureAwait(false);
            return process;
        }
        catch
        {
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
