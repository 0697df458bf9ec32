using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using McpFunctions.Local.FunctionsHost.Hosting;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>The host in its own process, as a developer starts it.</summary>
internal sealed partial class HostProcess : IAsyncDisposable
{
    // Defaults for every test, which hide the machine's own settings.
    private static readonly Dictionary<string, string?> s_environment = new()
    {
        ["AzureWebJobsStorage"] = "UseDevelopmentStorage=true",
        ["RedisConnection"] = "127.0.0.1:1,abortConnect=false",
        ["SampleChannel"] = "sample:setting",
        ["SampleSchedule"] = "*/2 * * * * *",
        ["AzureFunctionsJobHost__singleton__listenerLockPeriod"] = "00:00:15",
        ["AzureFunctionsJobHost__singleton__listenerLockRecoveryPollingInterval"] = "00:00:15",
    };

    private static readonly string s_program = Path.Combine(ProgramCopy.Of(AppContext.BaseDirectory), Path.GetFileName(typeof(LocalHost).Assembly.Location));

    private HostProcess(ChildProcess process, int port)
    {
        Process = process;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = new Uri($"http://localhost:{port}/"),
            Timeout = Eventually.DefaultDeadline,
        };
    }

    public ChildProcess Process { get; }

    public HttpClient Client { get; }

    /// <summary>The worker process that was started last.</summary>
    public int WorkerId => WorkerIdIn(Process.Output.Last(line => WorkerStarted().IsMatch(line)));

    public static int WorkerIdIn(string line) => int.Parse(WorkerStarted().Match(line).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Starts a host of the sample app with only these functions, and waits until it runs.</summary>
    public static async Task<HostProcess> StartAsync(string functions, params (string Name, string? Value)[] environment)
    {
        var port = FreePort.Next();
        string[] arguments = ["start", "--script-root", SampleApp.Directory, "--port", $"{port}", "--verbose", "--functions", .. functions.Split(' ')];
        var host = new HostProcess(await LaunchAsync(arguments, environment), port);
        try
        {
            await host.Process.WaitForLineAsync("Host started");
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the host's program with any arguments.</summary>
    public static Task<ChildProcess> LaunchAsync(string[] arguments, params (string Name, string? Value)[] environment)
    {
        var variables = new Dictionary<string, string?>(s_environment);
        foreach (var (name, value) in environment)
            variables[name] = value;
        return ChildProcess.StartAsync("dotnet", [s_program, .. arguments], variables, name: "the local host");
    }

    /// <summary>Reads the entries that a function of the sample app has recorded.</summary>
    public async Task<IReadOnlyList<string>> RecordedAsync(string function) =>
        await Client.GetFromJsonAsync<string[]>($"api/recorded/{function}") ?? [];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Process.DisposeAsync();
    }

    [GeneratedRegex(@"Worker process (\d+) started\.")]
    private static partial Regex WorkerStarted();
}
