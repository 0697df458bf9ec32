using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsHost.CommandLine;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class CommandLineTests
{
    [Fact]
    public void Every_option_is_read()
    {
        var options = StartCommandLine.Parse([
            "start",
            "--port",
            "8080",
            "--script-root",
            "/app",
            "--functions",
            "One",
            "Two,Three",
            "--no-build",
            "--verbose",
            "--enableAuth",
            "--cors",
            "*",
            "--log-file",
            "/logs/host.log",
        ]);

        Assert.Equal(8080, options.Port);
        Assert.Equal("/app", options.ScriptRoot);
        Assert.Equal(["One", "Two", "Three"], options.Functions);
        Assert.True(options is { NoBuild: true, Verbose: true, EnableAuth: true, Cors: "*", LogFile: "/logs/host.log" });
    }

    [Fact]
    public void Without_options_the_app_is_in_the_current_folder_and_all_functions_run()
    {
        var options = StartCommandLine.Parse(["start"]);

        Assert.Equal(Directory.GetCurrentDirectory(), options.ScriptRoot);
        Assert.True(options is { Port: null, Functions: null, NoBuild: false, Verbose: false, EnableAuth: false, Cors: null, LogFile: null });
    }

    [Theory]
    [InlineData("--port=8080")]
    [InlineData("-p", "8080")]
    public void A_port_can_be_written_in_two_more_ways(params string[] args) =>
        Assert.Equal(8080, StartCommandLine.Parse(["start", .. args]).Port);

    [Theory]
    [InlineData("'stop' is not a command", "stop")]
    [InlineData("'--nope' is not an option", "start", "--nope")]
    [InlineData("'extra' is not an option", "start", "extra")]
    [InlineData("--port needs a value", "start", "--port")]
    [InlineData("--port needs a value", "start", "--port", "--verbose")]
    [InlineData("'many' is not a port", "start", "--port", "many")]
    [InlineData("'0' is not a port", "start", "--port", "0")]
    [InlineData("'65536' is not a port", "start", "--port", "65536")]
    [InlineData("--log-file needs a value", "start", "--log-file")]
    [InlineData("--functions needs at least one", "start", "--functions", "--verbose")]
    public void An_error_is_reported_with_the_way_to_help(string expected, params string[] args)
    {
        var failure = Assert.Throws<StartupException>(() => StartCommandLine.Parse(args));

        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("--help", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(true, "--help")]
    [InlineData(true, "start", "-h")]
    [InlineData(false, "start")]
    public void Help_is_given_when_asked_for(bool expected, params string[] args) =>
        Assert.Equal(expected, StartCommandLine.AsksForHelp(args));
}
