using System.Net;
using System.Net.Sockets;
using Azure.Data.Tables;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

public sealed class RunScriptTests
{
    [Fact]
    public async Task Help_names_every_option_and_variable()
    {
        await using var run = await ChildProcess.StartAsync(Repository.PathOf("run"), ["--help"]);

        Assert.Equal(0, await run.WaitForExitAsync());
        var text = string.Join('\n', run.Output);
        Assert.All(
            ["--port", "--apps", "--host", "--verbose", "--telemetry", "--redis-port", "--azurite-port", "--data", "--configuration", "--no-build", "RedisConnection", "AzureWebJobsStorage", "OTEL_EXPORTER_OTLP_ENDPOINT", "docker compose up"],
            name => Assert.Contains(name, text));
    }

    [Theory]
    [InlineData("--colour", "unknown option '--colour'")]
    [InlineData("--port", "--port needs a value")]
    [InlineData("--port 80a", "--port needs a number, not '80a'")]
    [InlineData("--redis-port 0", "--redis-port must be between 1 and 65535, not 0")]
    [InlineData("--azurite-port 65534", "--azurite-port must be between 1 and 65533, not 65534")]
    [InlineData("--host podman", "--host must be func or local, not 'podman'")]
    [InlineData("--data ", "--data needs a folder, not ''")]
    [InlineData("--apps ", "--apps needs apps or the file of a plan, not ''")]
    [InlineData("--apps http,audits", "--apps names \"audits\": choose from http, audit, notifications, orchestrator, or give a plan.")]
    [InlineData("--apps /nowhere/plan.json", "/nowhere/plan.json cannot be read")]
    [InlineData("--port 65535 --apps http,audit", "--port must leave room for 2 apps: choose at most 65534.")]
    public async Task A_wrong_option_is_refused_in_one_line(string arguments, string problem)
    {
        await using var run = await ChildProcess.StartAsync(Repository.PathOf("run"), arguments.Split(' '));

        Assert.Equal(64, await run.WaitForExitAsync());
        Assert.Contains(problem, Assert.Single(run.Output));
    }

    [Theory]
    [InlineData("--port")]
    [InlineData("--redis-port")]
    [InlineData("--azurite-port")]
    public async Task A_busy_port_is_named_with_the_option_that_changes_it(string option)
    {
        await using var gateway = new RunningGateway();
        var port = option switch { "--port" => gateway.Port, "--redis-port" => gateway.RedisPort, _ => gateway.AzuritePorts.Table };
        using (var somebodyElse = new TcpListener(IPAddress.Loopback, port))
        {
            somebodyElse.Start();
            await gateway.StartAsync();

            Assert.Equal(1, await gateway.Process.WaitForExitAsync());
            var line = Assert.Single(gateway.Process.Output);
            Assert.Contains($"port {port} ", line);
            Assert.Contains(option, line);
        }
        await gateway.AssertThatNothingIsLeftAsync();
    }

    [Fact]
    public async Task It_starts_several_apps_starts_one_again_that_ends_and_stops_them_all()
    {
        await using var gateway = new RunningGateway { Apps = "http,audit" };
        await gateway.StartAndWaitUntilReadyAsync();
        await gateway.Process.WaitForLineAsync($"mcp-http                 http://localhost:{gateway.Port} ");
        await gateway.Process.WaitForLineAsync($"mcp-audit                http://localhost:{gateway.Port + 1} ");
        await gateway.Process.WaitForLineAsync($"curl -s http://localhost:{gateway.Port}/api/auth/login");
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway.Port, "files"));
        await Eventually.UntilAsync(async () => await StatusAsync(gateway.Port + 1, "health") == HttpStatusCode.OK);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(gateway.Port + 1, "files"));

        gateway.Processes.Single(process => process.CommandLine.StartsWith("dotnet exec", StringComparison.Ordinal)
            && process.CommandLine.Contains($"--port {gateway.Port + 1}", StringComparison.Ordinal)).Kill();
        await gateway.Process.WaitForLineAsync("mcp-audit ended by itself (exit code 137). The other apps go on.");
        await Eventually.UntilAsync(async () => await StatusAsync(gateway.Port, "health") == HttpStatusCode.OK);
        await Eventually.UntilAsync(async () => await StatusAsync(gateway.Port + 1, "health") == HttpStatusCode.OK);
        Assert.All(["mcp-http.log", "mcp-audit.log"], log => Assert.True(File.Exists(Path.Combine(gateway.DataFolder, "logs", log))));

        gateway.Process.Send(ProcessSignal.Interrupt);
        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        await gateway.AssertThatNothingIsLeftAsync();
        Assert.All([gateway.Port, gateway.Port + 1], port => Assert.True(FreePort.IsFree(port)));
    }

    private static async Task<HttpStatusCode> StatusAsync(int port, string path)
    {
        using var client = new HttpClient { Timeout = Eventually.DefaultDeadline };
        using var response = await client.GetAsync(new Uri($"http://localhost:{port}/api/{path}"), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    [Fact]
    public async Task It_prints_a_command_that_works_stops_on_Ctrl_C_and_finds_its_data_at_the_next_start()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var gateway = new RunningGateway();
        await gateway.StartAndWaitUntilReadyAsync();
        Assert.All(["logs", "redis", "azurite"], gateway.AssertOnlyItsOwnerReads);

        await using (var firstCommand = await ChildProcess.StartAsync("bash", ["-c", await gateway.Process.WaitForLineAsync(" curl ")]))
        {
            await firstCommand.WaitForLineAsync("\"accessToken\"");
        }
        var (exitCode, output) = await gateway.RunAgainAsync();
        Assert.Equal(1, exitCode);
        Assert.Contains("another ./run", Assert.Single(output));

        await gateway.WriteRedisAsync("kept", "in the append-only file");
        await gateway.Tables.CreateTableAsync("Kept", cancellationToken);
        await gateway.Tables.GetTableClient("Kept").AddEntityAsync(new TableEntity("partition", "row"), cancellationToken);
        gateway.Process.Send(ProcessSignal.Interrupt);
        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        Assert.Equal("Stopped.", gateway.Process.Output[^1]);
        await gateway.AssertThatNothingIsLeftAsync();

        await StartWithDashboardAsync(gateway);
        Assert.Equal("in the append-only file", await gateway.ReadRedisAsync("kept"));
        Assert.True((await gateway.Tables.GetTableClient("Kept").GetEntityIfExistsAsync<TableEntity>("partition", "row", cancellationToken: cancellationToken)).HasValue);
        gateway.Process.Send(ProcessSignal.Terminate);
        Assert.Equal(0, await gateway.Process.WaitForExitAsync());
        await gateway.AssertThatNothingIsLeftAsync();
    }

    // Where the dashboard's package cannot be had, ./run says what to do instead.
    private static async Task StartWithDashboardAsync(RunningGateway gateway)
    {
        await gateway.StartAsync(options: "--telemetry");
        var isRestored = gateway.Process.WaitForLineAsync("Telemetry 127.0.0.1:");
        if (await Task.WhenAny(isRestored, gateway.Process.Exited) != isRestored)
        {
            Assert.Contains("Start a collector of yours, and ./run with OTEL_EXPORTER_OTLP_ENDPOINT=", gateway.Process.Output[^1]);
            await gateway.StartAndWaitUntilReadyAsync();
            return;
        }
        var line = await gateway.Process.WaitForLineAsync("    telemetry   ");
        using var http = new HttpClient { Timeout = Eventually.DefaultDeadline };
        var address = new Uri(line[line.IndexOf("http", StringComparison.Ordinal)..]);
        // The dashboard asks to sign in, and the token in its address does that.
        Assert.Equal("/login", await PathAsync(new Uri(address, "/traces")));
        Assert.NotEqual("/login", await PathAsync(address));
        Assert.Equal("/traces", await PathAsync(new Uri(address, "/traces")));

        async Task<string> PathAsync(Uri uri)
        {
            using var page = await http.GetAsync(uri, TestContext.Current.CancellationToken);
            return page.RequestMessage!.RequestUri!.AbsolutePath;
        }
    }
}
