using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Gateways;

/// <summary>A running Functions host with its worker, started as ./run starts it.</summary>
internal sealed class HostProcess : IAsyncDisposable
{
    /// <summary>The password of the administrator.</summary>
    public const string Password = "benchmark-only-password";

    // Settings of another gateway that the environment may contain.
    private static readonly string[] s_foreignSettings = ["Auth__", "Files__", "Delivery__", "Health__", "RateLimit__", "Notifications__", "Users__", "Quotas__", "Http__", "StorageTimeout", "AzureWebJobs", "AzureFunctionsJobHost__", "FUNCTIONS_"];
    private static readonly string[] s_environments = ["AZURE_FUNCTIONS_ENVIRONMENT", "DOTNET_ENVIRONMENT", "ASPNETCORE_ENVIRONMENT"];
    private static readonly TimeSpan s_startDeadline = TimeSpan.FromMinutes(6);

    private readonly ChildProcess host;
    private readonly TemporaryFolder folder;

    private HostProcess(ChildProcess host, TemporaryFolder folder, Uri address, TimeSpan toFirstResponse)
    {
        (this.host, this.folder, ToFirstResponse) = (host, folder, toFirstResponse);
        Http = new HttpClient(new UnavailableRetryHandler()) { BaseAddress = address, Timeout = TimeSpan.FromMinutes(5) };
    }

    /// <summary>A client of its API.</summary>
    public HttpClient Http { get; }

    /// <summary>The time from the start of the process to the first response of a function.</summary>
    public TimeSpan ToFirstResponse { get; }

    /// <summary>The processes of the host and of its worker.</summary>
    public IReadOnlyList<int> ProcessIds => [host.Id, WorkerId];

    /// <summary>The process of the worker.</summary>
    public int WorkerId => ProcessFigures.ChildrenOf(host.Id).Single(IsWorker);

    /// <summary>Starts one and waits until <c>health</c> answers.</summary>
    /// <param name="build">The host and the app.</param>
    /// <param name="redis">The connection string of Redis.</param>
    /// <param name="storage">The connection string of storage.</param>
    /// <param name="settings">More app settings.</param>
    public static async Task<HostProcess> StartAsync(
        GatewayBuild build, string redis, string storage, IReadOnlyDictionary<string, string?>? settings = null)
    {
        var folder = new TemporaryFolder();
        var environment = new Dictionary<string, string?>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            string name = (string)variable.Key;
            if (s_environments.Contains(name) || s_foreignSettings.Any(prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            {
                environment[name] = null;
            }
        }

        environment["FUNCTIONS_WORKER_RUNTIME"] = "dotnet-isolated";
        environment["RedisConnection"] = redis;
        environment["AzureWebJobsStorage"] = storage;
        environment["HOME"] = folder.Path;
        environment["Auth__AdminUsername"] = "admin";
        environment["Auth__AdminPassword"] = Password;
        environment["Auth__SigningKeyId"] = "bench";
        environment["Auth__SigningKeys__bench"] = Convert.ToBase64String(new byte[48]);
        environment["Auth__MaxSessionsPerUser"] = "1000";
        // Neither logins nor the limit are what is measured. This is the least number that is allowed.
        environment["Auth__PasswordIterations"] = "100000";
        environment["RateLimit__Requests"] = "10000000";
        foreach ((string name, string? value) in settings ?? new Dictionary<string, string?>())
        {
            environment[name] = value;
        }

        int port = FreePort.Next();
        var address = new Uri($"http://localhost:{port}/api/");
        long begin = Stopwatch.GetTimestamp();
        ChildProcess host = await ChildProcess.StartAsync(
            "dotnet",
            ["exec", build.HostAssembly, "start", "--no-build", "--script-root", build.AppFolder, "--port", $"{port}", "--log-file", Path.Combine(folder.Path, "app.log")],
            environment,
            workingDirectory: build.AppFolder,
            name: $"the host on port {port}");
        try
        {
            await WaitAsync(host, new Uri(address, "health"));
            return new HostProcess(host, folder, address, Stopwatch.GetElapsedTime(begin));
        }
        catch
        {
            await host.DisposeAsync();
            folder.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        // The worker is no child of this process: the host ends it when it ends.
        await host.TerminateAsync();
        await host.DisposeAsync();
        folder.Dispose();
    }

    // Not the shell that supervises it, whose command line has the same words.
    private static bool IsWorker(int id) => ProcessFigures.CommandLineOf(id) is var line
        && Path.GetFileName(line.Split(' ')[0]) == "dotnet" && line.Contains(" --workerId ", StringComparison.Ordinal);

    private static async Task WaitAsync(ChildProcess host, Uri health)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(20) };
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                using HttpResponseMessage response = await client.GetAsync(health);
                if (response.StatusCode == HttpStatusCode.OK)
                {
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
            {
                // Not yet.
            }

            if (host.HasExited || Stopwatch.GetElapsedTime(begin) > s_startDeadline)
            {
                throw new ChildProcessException(string.Create(CultureInfo.InvariantCulture, $"{host.Name} did not answer."), host.Output);
            }

            await Task.Delay(10);
        }
    }
}
