using System.Net;
using System.Net.Sockets;
using McpFunctions.FunctionsHost.Tests.Host;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.FunctionsHost.Tests.Together;

/// <summary>Successful and failed starts of the program.</summary>
public sealed class StartTests(AzuriteFixture azurite)
{
    private static readonly string[] s_options = ["--script-root", "--port", "--functions", "--no-build", "--enableAuth", "--verbose", "--log-file"];
    private static readonly string[] s_files = ["host.json", "worker.config.json"];

    private static async Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(params string[] arguments)
    {
        await using var host = await HostProcess.LaunchAsync(arguments);
        return (await host.WaitForExitAsync(), host.Output);
    }

    [Fact]
    public async Task Help_names_the_options()
    {
        var (exitCode, output) = await RunAsync("--help");

        Assert.Equal(0, exitCode);
        Assert.All(s_options, option => Assert.Contains(output, line => line.Contains(option, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_unknown_option_is_one_line_and_exit_code_1()
    {
        var (exitCode, output) = await RunAsync("start", "--prot", "7071");

        Assert.Equal(1, exitCode);
        Assert.Equal("'--prot' is not an option. Run with --help to see the options.", Assert.Single(output));
    }

    [Theory]
    [InlineData("host.json")]
    [InlineData("worker.config.json")]
    public async Task A_folder_without_an_app_is_one_line_that_says_what_is_missing(string missing)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in s_files.Where(file => file != missing))
            File.Copy(Path.Combine(SampleApp.Directory, file), Path.Combine(folder.Path, file));

        var (exitCode, output) = await RunAsync("start", "--script-root", folder.Path);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"{missing} is missing in '{folder.Path}'.", Assert.Single(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_busy_port_is_reported_and_nothing_is_left_running()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var port = ((IPEndPoint)occupant.LocalEndpoint).Port;

        var (exitCode, output) = await RunAsync("start", "--script-root", SampleApp.Directory, "--port", $"{port}");

        Assert.Equal(1, exitCode);
        // Not always the last line: it comes on the error stream while the log still writes to the other one.
        Assert.Contains($"Port {port} is unavailable. Close the process that uses it, or choose another one with --port.", output);
        Assert.DoesNotContain(output, line => line.Contains("Worker process", StringComparison.Ordinal) || line.Contains("Exception", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_script_root_may_be_the_project_of_a_built_app()
    {
        var port = FreePort.Next();
        await using var host = await HostProcess.LaunchAsync([
            "start",
            "--no-build",
            "--script-root",
            Repository.PathOf("tests", "SampleApp"),
            "--port",
            $"{port}",
            "--functions",
            "Text",
        ]);

        await host.WaitForLineAsync("Host started");
        using var client = new HttpClient { Timeout = Eventually.DefaultDeadline };

        Assert.Equal("Grüße, 世界 👋", await client.GetStringAsync($"http://localhost:{port}/api/text"));
    }

    [Fact]
    public async Task A_verbose_console_shows_addresses_and_invocations_as_core_tools_do()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var host = await HostProcess.StartAsync("Text OnText", ("RedisConnection", redis.ConnectionString));

        await host.Client.GetAsync("api/text");

        var address = host.Client.BaseAddress;
        await host.Process.WaitForLineAsync(line => line == $"\tText: [GET] {address}api/text");
        await host.Process.WaitForLineAsync(line => line == "\tOnText: redisPubSubTrigger");
        await host.Process.WaitForLineAsync(
            "Executing 'Functions.Text' (Reason='This function was programmatically called via the host APIs.', Id="
        );
        await host.Process.WaitForLineAsync("Executed 'Functions.Text' (Succeeded, Id=");
        Assert.DoesNotContain(host.Process.Output, line => line.Contains('\e'));
    }

    [Fact]
    public async Task A_console_shows_requests_without_queries_and_failures_and_the_file_everything()
    {
        using var folder = new TemporaryFolder();
        var log = Path.Combine(folder.Path, "logs", "host.log");
        await using var redis = await RedisServer.StartAsync();
        var port = FreePort.Next();
        await using var host = await HostProcess.LaunchAsync(
            [
                "start", "--script-root", SampleApp.Directory, "--port", $"{port}", "--log-file", log,
                "--functions", "Text", "Throw", "Logs", "Recorded", "EverySecond", "OnText", "OnFailing",
            ],
            ("RedisConnection", redis.ConnectionString),
            ("AzureWebJobsStorage", azurite.Server.WithNewAccount().ConnectionString)
        );
        await host.WaitForLineAsync("Host started");
        using var client = new HttpClient { BaseAddress = new Uri($"http://localhost:{port}/"), Timeout = Eventually.DefaultDeadline };
        await using var publisher = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionStringOfTests);
        var channel = publisher.GetSubscriber();

        await client.GetAsync("api/text?ticket=secret");
        await client.GetAsync("nowhere?ticket=secret");
        await client.GetAsync("api/failures/throw");
        await client.GetAsync("api/logs/hello");
        await channel.PublishAsync(StackExchange.Redis.RedisChannel.Literal("sample:text"), "fine");
        await channel.PublishAsync(StackExchange.Redis.RedisChannel.Literal("sample:failing"), "fail");
        await host.WaitForLineAsync("Executed 'Functions.OnFailing' (Failed");
        await Eventually.UntilAsync(() => Logged().Contains("Executed 'Functions.EverySecond' (Succeeded", StringComparison.Ordinal));
        await Eventually.UntilAsync(() => Logged().Contains("Executed 'Functions.OnText' (Succeeded", StringComparison.Ordinal));
        host.Send(ProcessSignal.Terminate);
        await host.WaitForExitAsync();

        var console = host.Output;
        Assert.Contains(console, line => line.Contains($"The full log is in {log}", StringComparison.Ordinal));
        Assert.Matches(@"GET /api/text 200 \d+ms$", console.Single(line => line.Contains("/api/text 200", StringComparison.Ordinal)));
        Assert.Single(console, line => line.Contains("GET /nowhere 404 ", StringComparison.Ordinal));
        Assert.Single(console, line => line.Contains("GET /api/failures/throw 500 ", StringComparison.Ordinal));
        Assert.Single(console, line => line.Contains("Executed 'Functions.Throw' (Failed", StringComparison.Ordinal));
        Assert.Single(console, line => line.EndsWith("Someone said hello.", StringComparison.Ordinal));
        Assert.EndsWith("Stopped.", console[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(console, line => line.Contains("Executing", StringComparison.Ordinal));
        Assert.DoesNotContain(console, line => line.Contains("Succeeded", StringComparison.Ordinal));
        Assert.DoesNotContain(console, line => line.Length == 0);
        var listed = console.Index().Where(line => line.Item.StartsWith('\t')).Select(line => line.Index).ToList();
        Assert.Equal(Enumerable.Range(console.Index().Single(line => line.Item == "Functions:").Index + 1, 7), listed);

        Assert.Contains("Executing 'Functions.Text'", Logged(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", Logged() + string.Join('\n', console), StringComparison.Ordinal);

        string Logged()
        {
            using var file = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return new StreamReader(file).ReadToEnd();
        }
    }

    [Fact]
    public async Task A_log_file_that_cannot_be_written_is_one_line_that_says_so()
    {
        using var folder = new TemporaryFolder();

        var (exitCode, output) = await RunAsync("start", "--script-root", SampleApp.Directory, "--log-file", folder.Path);

        Assert.Equal(1, exitCode);
        Assert.StartsWith($"The log file '{folder.Path}' cannot be written", Assert.Single(output), StringComparison.Ordinal);
    }
}
