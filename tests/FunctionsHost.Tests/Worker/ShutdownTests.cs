using System.Diagnostics;
using McpFunctions.Local.FunctionsProtocol;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class ShutdownTests
{
    private const int SigTerm = 15;

    [Fact]
    public async Task A_terminated_worker_finishes_what_is_running_and_exits_with_0()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        var (_, running) = await BeginAsync(host, "Wait", HttpTests.Get(("milliseconds", "500")), "Waiting 500 ms.");

        var exit = host.TerminateAsync(TimeSpan.FromSeconds(30));

        Assert.Equal("500", (await running).ReturnValue.String);
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task A_terminated_worker_cancels_what_is_still_running_after_the_grace_period()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        var (_, running) = await BeginAsync(host, "Hang", new(), "Hanging.");

        var exit = host.TerminateAsync(TimeSpan.FromMilliseconds(200));

        Assert.Equal("System.Threading.Tasks.TaskCanceledException", (await running).Result.Exception.Type);
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task A_function_that_never_ends_does_not_keep_a_terminated_worker()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        await BeginAsync(host, "HangForever", new(), "Hanging.");

        Assert.Equal(0, await host.TerminateAsync(TimeSpan.FromMilliseconds(200)));
    }

    [Fact]
    public async Task A_worker_that_terminates_takes_no_more_invocations()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        var (id, running) = await BeginAsync(host, "Hang", new(), "Hanging.");

        var exit = host.TerminateAsync(TimeSpan.FromSeconds(30));
        var late = await host.InvokeHttpAsync("Text");
        host.Tell(new() { InvocationCancel = new() { InvocationId = id } });

        Assert.Equal(StatusResult.Types.Status.Failure, late.Result.Status);
        Assert.Contains("The worker is stopping.", late.Result.Exception.Message, StringComparison.Ordinal);
        Assert.Equal("System.Threading.Tasks.TaskCanceledException", (await running).Result.Exception.Type);
        Assert.Equal(0, await exit);
    }

    [Fact]
    public async Task What_is_logged_while_stopping_arrives()
    {
        await using var host = await ScriptedHost.StartReadyAsync();

        Assert.Equal(0, await host.TerminateAsync(TimeSpan.FromSeconds(30)));

        await host.LogAsync(log => log.Message == "The sample app stops.");
    }

    [Fact]
    public async Task A_worker_ends_in_order_on_SIGTERM()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no signals.");
        await using var host = await ScriptedHost.StartReadyAsync();
        var (_, running) = await BeginAsync(host, "Wait", HttpTests.Get(("milliseconds", "500")), "Waiting 500 ms.");

        using var kill = Process.Start("kill", [$"-{SigTerm}", $"{host.Worker.Id}"]);

        Assert.Equal("500", (await running).ReturnValue.String);
        Assert.Equal(0, await host.ExitAsync());
        await host.LogAsync(log => log.Message == "The sample app stops.");
    }

    [Fact]
    public async Task A_worker_does_not_outlive_its_host()
    {
        await using var host = await ScriptedHost.StartReadyAsync();
        await BeginAsync(host, "HangForever", new(), "Hanging.");

        await host.DieAsync();

        Assert.Equal(1, await host.ExitAsync());
    }

    [Fact]
    public async Task A_function_that_kills_its_process_takes_the_worker_with_it()
    {
        await using var host = await ScriptedHost.StartReadyAsync();

        host.Tell(new() { InvocationRequest = host.HttpInvocation("Die") });

        Assert.NotEqual(0, await host.ExitAsync());
        Assert.Contains("The function killed its process.", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_app_whose_options_are_invalid_fails_to_start_and_says_why()
    {
        await using var host = await ScriptedHost.StartAsync(("Sample__Valid", "false"));

        Assert.NotEqual(0, await host.ExitAsync());
        Assert.Contains("Sample:Valid must be true.", host.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_no_host_started_says_how_to_start_it()
    {
        var (exitCode, error) = await RunAloneAsync();

        Assert.NotEqual(0, exitCode);
        Assert.Contains("start it with 'func start' or the local host", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_cannot_reach_its_host_fails_and_names_it()
    {
        await using var host = await ScriptedHost.ListenAsync();
        var address = host.Address;
        await host.DieAsync();

        var (exitCode, error) = await RunAloneAsync("--functions-uri", address.ToString());

        Assert.NotEqual(0, exitCode);
        Assert.Contains($"The Functions host at {address} cannot be reached.", error, StringComparison.Ordinal);
    }

    /// <summary>Runs the sample app without a host until it ends.</summary>
    private static async Task<(int ExitCode, string Error)> RunAloneAsync(params string[] arguments)
    {
        var app = Path.Combine(SampleApp.Directory, $"{SampleApp.AssemblyName}.dll");
        using var worker = Process.Start(new ProcessStartInfo("dotnet", [app, .. arguments]) { RedirectStandardError = true })!;
        var error = await worker.StandardError.ReadToEndAsync().WaitAsync(ScriptedHost.Deadline);
        await worker.WaitForExitAsync();
        return (worker.ExitCode, error);
    }

    /// <summary>Starts an invocation and waits until it has begun.</summary>
    private static async Task<(string Id, Task<InvocationResponse> Response)> BeginAsync(
        ScriptedHost host, string function, RpcHttp http, string message)
    {
        var invocation = host.HttpInvocation(function, http);
        var response = host.InvokeAsync(invocation);
        await host.LogAsync(log => log.InvocationId == invocation.InvocationId && log.Message == message);
        return (invocation.InvocationId, response);
    }
}
