using System.Text;
using McpFunctions.Local.FunctionsHost.Functions;
using McpFunctions.Local.FunctionsHost.Hosting;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

/// <summary>A host in the test process, with a scripted worker and its own app folder.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private readonly TemporaryFolder? _ownFolder;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _force = new();
    private readonly LockedWriter _output = new();
    private readonly LocalHost _host;

    private TestHost(ScriptedWorker worker, TestApp app, TimeProvider time)
    {
        Worker = worker;
        _ownFolder = app.Folder is null ? new TemporaryFolder() : null;
        AppFolder = app.Folder ?? _ownFolder!.Path;
        app.WriteTo(AppFolder);
        var options = app.Options with { ScriptRoot = AppFolder, Port = app.Options.Port ?? FreePort.Next() };
        var settings = HostSettings.Read(options, AppFolder, app.Environment);
        _host = new LocalHost(settings, new HostConsole(_output, useColor: false, TimeProvider.System), time, _ => worker);
        Ran = _host.RunAsync(_stop.Token, _force.Token);
    }

    public ScriptedWorker Worker { get; }

    public string AppFolder { get; }

    /// <summary>Completes when the host has ended.</summary>
    public Task Ran { get; }

    public HttpClient Client { get; private set; } = null!;

    public Uri Address => Client.BaseAddress!;

    public HostState State => _host.Lifecycle.State;

    /// <summary>The lines that the host has written so far.</summary>
    public IReadOnlyList<string> Lines => _output.Lines;

    /// <summary>Starts a host and waits until it runs.</summary>
    public static async Task<TestHost> StartAsync(ScriptedWorker worker, TestApp? app = null, TimeProvider? time = null)
    {
        var host = await LaunchAsync(worker, app, time);
        await host.UntilAsync(HostState.Running);
        return host;
    }

    /// <summary>Starts a host and waits only until it listens.</summary>
    public static async Task<TestHost> LaunchAsync(ScriptedWorker worker, TestApp? app = null, TimeProvider? time = null)
    {
        var host = new TestHost(worker, app ?? new TestApp(), time ?? TimeProvider.System);
        var address = await await Task.WhenAny(host._host.Listening, Fail(host.Ran));
        host.Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = address,
            Timeout = Eventually.DefaultDeadline,
        };
        return host;
    }

    public Task UntilAsync(HostState state) => Eventually.UntilAsync(() => State == state || Ran.IsFaulted);

    public Task UntilLineAsync(string part) =>
        Eventually.UntilAsync(() => Lines.Any(line => line.Contains(part, StringComparison.Ordinal)));

    /// <summary>Asks the host to stop, as the first signal does.</summary>
    public void BeginStop() => _stop.Cancel();

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Ran;
    }

    /// <summary>Ends the host at once, without releasing anything. This is as close to kill -9 as one process allows.</summary>
    public async Task AbandonAsync()
    {
        await _force.CancelAsync();
        await _stop.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await AbandonAsync();
        await Ran.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client?.Dispose();
        _ownFolder?.Dispose();
    }

    private static async Task<Uri> Fail(Task ran)
    {
        await ran;
        throw new InvalidOperationException("The host ended before it listened.");
    }

    private sealed class LockedWriter : TextWriter
    {
        private readonly List<string> _lines = [];

        public override Encoding Encoding => Encoding.UTF8;

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                    return [.. _lines];
            }
        }

        public override void WriteLine(string? value)
        {
            lock (_lines)
                _lines.Add(value ?? "");
        }
    }
}
