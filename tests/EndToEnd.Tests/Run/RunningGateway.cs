using System.Globalization;
using Azure.Data.Tables;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>A <c>./run</c> with its own ports and data, in a copy of the repository with the sample's settings.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private const string Mark = "MCPFUNCTIONS_RUN_SCRIPT_TEST";

    private static readonly Lazy<SourceCopy> s_copy = new(NewCopy);

    private readonly string _mark = Guid.NewGuid().ToString("N");
    private readonly TemporaryFolder _data = new();
    private ChildProcess? _process;

    /// <summary>The port of the app, the first of several.</summary>
    public int Port { get; } = FreePort.Next(inARow: 4);

    /// <summary>The value of <c>--apps</c>; null starts one app.</summary>
    public string? Apps { get; init; }

    public int RedisPort { get; } = FreePort.Next();

    public AzuritePorts AzuritePorts { get; } = new(FreePort.Next(inARow: 3));

    /// <summary>Where Redis and Azurite keep their data.</summary>
    public string DataFolder => _data.Path;

    public ChildProcess Process => _process ?? throw new InvalidOperationException("./run is not started.");

    /// <summary>All running processes that it started, including itself.</summary>
    public IReadOnlyList<MarkedProcess> Processes => MarkedProcess.FindAll(Mark, _mark);

    public string RedisConnection => RedisServer.OfTests($"127.0.0.1:{RedisPort},abortConnect=false");

    public TableServiceClient Tables => new(AzuriteServer.ConnectionStringFor(AzuritePorts));

    /// <summary>Starts <c>./run</c> with the tests' build and configuration.</summary>
    /// <param name="asNohupInBackground">Whether it ignores SIGHUP and SIGINT, as after <c>nohup ./run &amp;</c> in a script.</param>
    /// <param name="path">Its PATH; null means that of the tests.</param>
    /// <param name="options">Further options.</param>
    public async Task StartAsync(bool asNohupInBackground = false, string? path = null, params string[] options)
    {
        await Prerequisites.EnsureAsync();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }
        _process = await RunAsync([.. Arguments, .. options], asNohupInBackground ? "IGNORE" : "DEFAULT", path);
    }

    public async Task StartAndWaitUntilReadyAsync(bool asNohupInBackground = false)
    {
        await StartAsync(asNohupInBackground);
        await Process.WaitForLineAsync(Apps is null ? "McpFunctions listens on" : "McpFunctions runs as", 2 * Eventually.DefaultDeadline);
    }

    /// <summary>Runs another <c>./run</c> with the same data and the same ports, to its end.</summary>
    public async Task<(int ExitCode, IReadOnlyList<string> Output)> RunAgainAsync()
    {
        await using var second = await RunAsync(Arguments, "DEFAULT");
        var exitCode = await second.WaitForExitAsync();
        return (exitCode, second.Output);
    }

    /// <summary>Waits until all its processes have ended and its ports are free.</summary>
    public async Task AssertThatNothingIsLeftAsync()
    {
        await Eventually.GetAsync(() => Task.FromResult(string.Join(Environment.NewLine, Processes)), left => left.Length == 0, description: "no process is left");
        Assert.All([Port, RedisPort, AzuritePorts.Blob, AzuritePorts.Queue, AzuritePorts.Table], port => Assert.True(
            FreePort.IsFree(port), $"Something listens on port {port}."));
    }

    public void AssertOnlyItsOwnerReads(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(DataFolder, folder)));
        }
    }

    public async Task<RedisValue> ReadRedisAsync(string key)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisConnection);
        return await redis.GetDatabase().StringGetAsync(key);
    }

    public async Task WriteRedisAsync(string key, string value)
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync(RedisConnection);
        await redis.GetDatabase().StringSetAsync(key, value);
    }

    /// <summary>The process id of its redis-server, as the server reports it.</summary>
    public async Task<int> FindRedisIdAsync()
    {
        await using var redis = await ConnectionMultiplexer.ConnectAsync($"{RedisConnection},allowAdmin=true");
        var server = await redis.GetServers()[0].InfoAsync("server");
        return int.Parse(server.SelectMany(section => section).Single(entry => entry.Key == "process_id").Value, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            // This kills the script; its children notice that and end.
            await _process.DisposeAsync();
            await KillWhatIsLeftAsync();
        }
        _data.Dispose();
    }

    // A failed test must leave nothing behind either.
    private async Task KillWhatIsLeftAsync()
    {
        try
        {
            await Eventually.UntilAsync(() => Processes.Count == 0, Eventually.DefaultDeadline);
        }
        catch (TimeoutException)
        {
            foreach (var left in Processes)
            {
                left.Kill();
            }
            throw;
        }
    }

    private string[] Arguments =>
    [
        "--no-build", "--configuration", SourceTree.Configuration, "--data", _data.Path,
        "--port", $"{Port}", "--redis-port", $"{RedisPort}", "--azurite-port", $"{AzuritePorts.Blob}", .. Apps is null ? [] : new[] { "--apps", Apps },
    ];

    // All of them start the same built programs.
    private static SourceCopy NewCopy()
    {
        var folder = new TemporaryFolder();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Dispose();
        var copy = new SourceCopy(folder.Path);
        copy.AddApp();
        copy.Add("deploy");
        copy.AddPrograms();
        string[] settings = ["local.settings.json", Path.Combine("src", "Functions", "bin", SourceTree.Configuration, "net10.0", "local.settings.json")];
        foreach (var file in settings)
        {
            File.Copy(Repository.PathOf("local.settings.sample.json"), copy.PathOf(file));
        }
        return copy;
    }

    // The test run itself may be a nohup or background job: the signals that it ignores must not matter.
    private Task<ChildProcess> RunAsync(string[] arguments, string signals, string? path = null) => ChildProcess.StartAsync(
        "perl",
        ["-e", $"$SIG{{INT}} = $SIG{{HUP}} = '{signals}'; exec @ARGV or die", s_copy.Value.PathOf("run"), .. arguments],
        new Dictionary<string, string?>
        {
            [Mark] = _mark,
            ["RedisConnection"] = null,
            ["AzureWebJobsStorage"] = null,
            ["PATH"] = path ?? Environment.GetEnvironmentVariable("PATH"),
        },
        name: "./run");
}
