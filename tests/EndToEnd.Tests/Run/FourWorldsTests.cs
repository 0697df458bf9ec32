using System.Net;
using System.Text.Json.Nodes;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>The gateway builds and runs in all four combinations: the Redis extension is the package or local/RedisExtension, and func is on the PATH or not.</summary>
public sealed class FourWorldsTests(FourWorlds worlds) : IClassFixture<FourWorlds>
{
    [Theory]
    [InlineData("package", true)]
    [InlineData("package", false)]
    [InlineData("local", true)]
    [InlineData("local", false)]
    public async Task It_runs_under_func_where_that_is_there_and_can_run_it_else_under_the_local_host(string extension, bool isFuncThere)
    {
        var tree = extension == "package" ? worlds.Package : worlds.Local;
        var path = isFuncThere ? worlds.ToolsWithFunc : worlds.ToolsWithoutFunc;
        var usesFunc = isFuncThere && extension == "package";
        var callsBefore = worlds.FuncStarts.Count;
        var portOfRun = FreePort.Next();
        using var data = new TemporaryFolder();

        Assert.Equal(extension, tree.RedisExtension);
        // Without func, other tests start the app by ./run: the first start here, and RunScriptTests.
        await using var run = isFuncThere ? await tree.RunAsync(portOfRun, data.Path, path, "--no-build") : null;
        // Both hosts print their help and end.
        var (exitCode, output) = await tree.CompleteDotnetAsync(
            path, "run", "--project", "src/Functions", "--configuration", SourceTree.Configuration, "--no-build", "--", "--help");
        Assert.Equal((0, usesFunc ? "func of a test" : "A local Azure Functions host for .NET isolated apps."), (exitCode, output.Split('\n')[0]));
        if (run is not null)
        {
            await run.WaitForLineAsync("McpFunctions listens on");
            Assert.Contains(run.Output, line => line == $"Host      {(usesFunc ? "func" : "local/FunctionsHost")}");
            run.Send(ProcessSignal.Interrupt);
            Assert.Equal(0, await run.WaitForExitAsync());
            Assert.Equal("Stopped.", run.Output[^1]);
        }
        string[] expected = usesFunc ? [$"{tree.AppFolder} start --port {portOfRun}", $"{tree.AppFolder} start --help"] : [];
        Assert.Equal(expected.Order(), worlds.FuncStarts.Skip(callsBefore).Order());
    }

    [Fact]
    public async Task Several_apps_run_under_func_each_with_a_port_and_settings_of_its_own()
    {
        var callsBefore = worlds.FuncStarts.Count;
        var port = FreePort.Next(inARow: 2);
        using var data = new TemporaryFolder();
        await using var run = await worlds.Package.RunAsync(port, data.Path, worlds.ToolsWithFunc, "--no-build", "--apps", "http,audit");

        await run.WaitForLineAsync("McpFunctions runs as 2 apps");
        Assert.Contains("Host      func", run.Output);
        run.Send(ProcessSignal.Interrupt);
        Assert.Equal(0, await run.WaitForExitAsync());
        Assert.Equal(
            [$"{worlds.Package.AppFolder} start --port {port} as mcp-http", $"{worlds.Package.AppFolder} start --port {port + 1} as mcp-audit"],
            worlds.FuncStarts.Skip(callsBefore).Order());
    }

    [Fact]
    public async Task The_app_that_dotnet_run_starts_responds()
    {
        var port = FreePort.Next();
        await using var dotnetRun = await worlds.Local.DotnetAsync(
            worlds.ToolsWithoutFunc, "run", "--project", "src/Functions", "--configuration", SourceTree.Configuration, "--no-build", "--", "--port", $"{port}");

        await WaitUntilHealthyAsync(port, dotnetRun);

        Assert.DoesNotContain(dotnetRun.Output, line => line.Contains("not found", StringComparison.Ordinal) || line.Contains("warning", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_start_prints_each_step_with_its_time_and_then_the_addresses()
    {
        var output = worlds.FirstStart.Output;

        foreach (var step in new[] { "Restoring packages", "Building src/Functions" })
        {
            Assert.Contains($"{step} ...", output);
            // ProgressTests shows the lines between the two.
            Assert.Single(output, line => line.StartsWith($"{step}: done after ", StringComparison.Ordinal));
        }
        Assert.Contains($"Redis     127.0.0.1:{worlds.RedisPortOfSettings}, data in ", string.Join('\n', output), StringComparison.Ordinal);
        Assert.Contains("Host      local/FunctionsHost", output);
        Assert.Contains(output, line => line.EndsWith($"http://localhost:{worlds.FirstPort}/api/docs", StringComparison.Ordinal));
        Assert.Contains($"    console     http://localhost:{worlds.FirstPort}/api/console", output);
        var log = Assert.Single(output, line => line.TrimStart().StartsWith("log ", StringComparison.Ordinal)).Split(' ')[^1];
        Assert.Contains("Host started", File.ReadAllText(worlds.Copy.PathOf(log)), StringComparison.Ordinal);
        Assert.DoesNotContain(output, line => line.Contains("warning", StringComparison.OrdinalIgnoreCase));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(worlds.DataOfFirstStart));
        }
    }

    [Fact]
    public async Task The_login_that_is_printed_is_that_of_the_settings()
    {
        var command = await worlds.FirstStart.WaitForLineAsync(" curl ");

        await using var login = await ChildProcess.StartAsync("bash", ["-c", command]);

        await login.WaitForLineAsync("\"accessToken\"");
        Assert.Contains("\"ada\"", command, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Func_is_refused_where_it_cannot_run_the_app_or_is_missing_and_the_local_host_can_be_chosen()
    {
        Assert.Contains("local/RedisExtension has no part for the Functions host", await RefusalAsync(worlds.Local, worlds.ToolsWithFunc), StringComparison.Ordinal);
        Assert.Contains("func is not on the PATH", await RefusalAsync(worlds.Package, worlds.ToolsWithoutFunc), StringComparison.Ordinal);

        using var data = new TemporaryFolder();
        await using var run = await worlds.Package.RunAsync(FreePort.Next(), data.Path, worlds.ToolsWithFunc, "--no-build", "--host", "local");
        await run.WaitForLineAsync("Host      local/FunctionsHost");
    }

    [Fact]
    public async Task Without_the_package_publish_fails_in_one_line_and_builds_nothing()
    {
        using var output = new TemporaryFolder();

        var (exitCode, text) = await worlds.Local.CompleteDotnetAsync(worlds.ToolsWithoutFunc, "publish", "src/Functions", "--output", Path.Combine(output.Path, "app"));

        Assert.NotEqual(0, exitCode);
        var line = Assert.Single(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => line.Contains("error", StringComparison.Ordinal));
        Assert.Contains("error MCPF002: The app cannot be published with RedisExtension=local", line, StringComparison.Ordinal);
        Assert.DoesNotContain("->", text, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(output.Path));
    }

    [Fact]
    public async Task With_the_package_publish_writes_what_the_Functions_host_needs_and_nothing_of_this_machine()
    {
        using var output = new TemporaryFolder();

        var (exitCode, text) = await worlds.Package.CompleteDotnetAsync(
            worlds.ToolsWithoutFunc, "publish", "src/Functions", "--configuration", SourceTree.Configuration, "--output", output.Path, "--no-restore", "-nologo");

        Assert.True(exitCode == 0, text);
        Assert.DoesNotContain("warning", text, StringComparison.Ordinal);
        Assert.All(
            ["functions.metadata", "extensions.json", "host.json", "worker.config.json", ".azurefunctions/function.deps.json", "McpFunctions.Functions.dll", "Microsoft.Azure.Functions.Worker.Extensions.Redis.dll"],
            file => Assert.True(File.Exists(Path.Combine(output.Path, file)), file));
        Assert.DoesNotContain(
            Directory.EnumerateFiles(output.Path, "*", SearchOption.AllDirectories).Select(Path.GetFileName),
            file => file!.StartsWith("local.settings", StringComparison.Ordinal) || file.StartsWith("McpFunctions.Local.", StringComparison.Ordinal));

        await AssertBillAsync(
            "bom.json", "StackExchange.Redis", "Azure.Data.Tables", "Microsoft.Azure.Functions.Worker", "Microsoft.Azure.Functions.Worker.Extensions.Redis");
        await AssertBillAsync("bom.host.json", "Microsoft.Azure.WebJobs.Extensions");

        async Task AssertBillAsync(string file, params string[] names)
        {
            var bill = await File.ReadAllTextAsync(Path.Combine(output.Path, file), TestContext.Current.CancellationToken);
            var root = JsonNode.Parse(bill)!;
            Assert.Equal("CycloneDX", (string?)root["bomFormat"]);
            var components = root["components"]!.AsArray().Select(component => (string?)component!["name"]).ToArray();
            Assert.All(names, name => Assert.Contains(name, components));
            Assert.DoesNotContain(worlds.Package.PathOf(""), bill, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_functions_are_the_same_wherever_the_attributes_come_from()
    {
        var package = FunctionsOf(worlds.Package);
        var local = FunctionsOf(worlds.Local);

        Assert.Contains(package, function => function.Contains("redisPubSubTrigger", StringComparison.Ordinal));
        Assert.Contains(package, function => function.Contains("timerTrigger", StringComparison.Ordinal));
        Assert.Contains(package, function => function.Contains("httpTrigger", StringComparison.Ordinal));
        Assert.Equal(package, local);
    }

    [Fact]
    public async Task Whatever_is_public_in_src_must_be_documented_in_both()
    {
        foreach (var tree in new[] { worlds.Package, worlds.Local })
        {
            var (_, text) = await tree.CompleteDotnetAsync(worlds.ToolsWithoutFunc, "msbuild", "src/Functions", "-getProperty:NoWarn", "-getProperty:TreatWarningsAsErrors", "-getProperty:GenerateDocumentationFile");

            var properties = JsonNode.Parse(text)!["Properties"]!;
            Assert.DoesNotContain("CS1591", (string)properties["NoWarn"]!, StringComparison.Ordinal);
            Assert.Equal("true", (string?)properties["TreatWarningsAsErrors"]);
            Assert.Equal("true", (string?)properties["GenerateDocumentationFile"]);
        }
    }

    private static async Task<string> RefusalAsync(SourceTree tree, string path)
    {
        using var data = new TemporaryFolder();
        await using var run = await tree.RunAsync(FreePort.Next(), data.Path, path, "--no-build", "--host", "func");
        Assert.Equal(1, await run.WaitForExitAsync());
        return Assert.Single(run.Output);
    }

    private static string[] FunctionsOf(SourceTree tree) =>
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(tree.AppFolder, "functions.metadata")))!.AsArray().Select(function => function!.ToJsonString()).Order(StringComparer.Ordinal)];

    private static async Task WaitUntilHealthyAsync(int port, ChildProcess process)
    {
        using var client = new HttpClient { Timeout = Eventually.DefaultDeadline };
        await Eventually.UntilAsync(
            async () =>
            {
                Assert.False(process.HasExited, string.Join('\n', process.Output));
                try
                {
                    using var response = await client.GetAsync($"http://127.0.0.1:{port}/api/health");
                    return response.StatusCode == HttpStatusCode.OK;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            });
    }
}
