using System.Collections;
using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsHost.CommandLine;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.TestServers;
using Microsoft.Extensions.Logging;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class SettingsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private HostSettings Read(TestApp app)
    {
        app.WriteTo(_folder.Path);
        return HostSettings.Read(app.Options, _folder.Path, app.Environment);
    }

    [Fact]
    public void The_environment_wins_over_the_file_and_the_file_reaches_the_worker()
    {
        var settings = Read(
            TestApp.With(("Both", "environment")) with
            {
                LocalSettings =
                    """{"IsEncrypted":false,"Values":{"Both":"file","Only":"file","Number":7,"Flag":true,"Nested:Name":"x"}, /* a comment */ "ConnectionStrings":{"Db":"server"},}""",
            }
        );

        Assert.Equal("environment", settings.App["Both"]);
        Assert.Equal("file", settings.App["only"]);
        Assert.Equal("7", settings.App["Number"]);
        Assert.Equal("true", settings.App["Flag"]);
        Assert.Equal("x", settings.App["Nested__Name"]);
        Assert.Equal("server", settings.App.Connection("Db").Value);
        Assert.False(settings.App.WorkerEnvironment.ContainsKey("Both"));
        Assert.Equal("file", settings.App.WorkerEnvironment["Only"]);
        Assert.Equal("Development", settings.App.WorkerEnvironment["AZURE_FUNCTIONS_ENVIRONMENT"]);
    }

    [Theory]
    [InlineData(null, null, 7071)]
    [InlineData(null, 8001, 8001)]
    [InlineData(9001, 8001, 9001)]
    public void The_port_is_the_options_then_the_files_then_7071(int? option, int? file, int expected)
    {
        var settings = Read(
            new TestApp
            {
                Options = new StartOptions { Port = option },
                LocalSettings = file is null ? null : $$"""{"Host":{"LocalHttpPort":{{file}} } }""",
            }
        );

        Assert.Equal(expected, settings.Port);
    }

    [Theory]
    [InlineData("%Known%", true, "value")]
    [InlineData("a-%Known%-%Known%-b", true, "a-value-value-b")]
    [InlineData("plain", true, "plain")]
    [InlineData("50%", true, "50%")]
    [InlineData("%Unknown%", false, "%Unknown%")]
    public void Names_between_percent_signs_are_settings(string text, bool expected, string resolved)
    {
        var settings = Read(TestApp.With(("Known", "value")));

        Assert.Equal(expected, settings.App.TryResolve(text, out var result, out var missing));
        Assert.Equal(resolved, result);
        Assert.Equal(expected ? null : "Unknown", missing);
    }

    [Fact]
    public void Host_json_has_the_real_hosts_defaults()
    {
        var hostJson = Read(new TestApp()).HostJson;

        Assert.Equal("api", hostJson.RoutePrefix);
        Assert.Equal(TimeSpan.FromMinutes(30), hostJson.FunctionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(60), hostJson.ListenerLockPeriod);
        Assert.Equal(TimeSpan.FromSeconds(60), hostJson.ListenerLockRecoveryPollingInterval);
        Assert.Equal((-1, -1), (hostJson.MaxConcurrentRequests, hostJson.MaxOutstandingRequests));
    }

    [Fact]
    public void Host_json_is_read_and_app_settings_override_it()
    {
        var hostJson = Read(
            TestApp.With(("AzureFunctionsJobHost__functionTimeout", "-1")) with
            {
                HostJson = """
                {
                  "version": "2.0", // a comment
                  "functionTimeout": "00:05:00",
                  "logging": { "logLevel": { "default": "Warning", "Function.One.User": "Debug" } },
                  "extensions": { "http": { "routePrefix": "/v1/", "maxConcurrentRequests": 7, "maxOutstandingRequests": 9 } },
                  "singleton": { "listenerLockPeriod": "00:00:15", "listenerLockRecoveryPollingInterval": "00:00:20" }
                }
                """,
            }
        ).HostJson;

        Assert.Equal("v1", hostJson.RoutePrefix);
        Assert.Equal(Timeout.InfiniteTimeSpan, hostJson.FunctionTimeout);
        Assert.Equal(TimeSpan.FromSeconds(15), hostJson.ListenerLockPeriod);
        Assert.Equal(TimeSpan.FromSeconds(20), hostJson.ListenerLockRecoveryPollingInterval);
        Assert.Equal((7, 9), (hostJson.MaxConcurrentRequests, hostJson.MaxOutstandingRequests));
        Assert.Equal(LogLevel.Debug, hostJson.LogLevels["Function.One.User"]);
    }

    [Theory]
    [InlineData("{broken", "is not valid JSON")]
    [InlineData("""{"functionTimeout":"00:05:00"}""", "must have \"version\": \"2.0\"")]
    [InlineData("""{"version":"2.0","functionTimeout":"soon"}""", "'soon' is not a value for functionTimeout")]
    [InlineData(
        """{"version":"2.0","singleton":{"listenerLockPeriod":"00:00:05"}}""",
        "'00:00:05' is not a value for singleton.listenerLockPeriod"
    )]
    [InlineData(
        """{"version":"2.0","extensions":{"http":{"maxConcurrentRequests":0}}}""",
        "'0' is not a value for extensions.http.maxConcurrentRequests"
    )]
    [InlineData(
        """{"version":"2.0","extensions":{"http":{"maxOutstandingRequests":-2}}}""",
        "'-2' is not a value for extensions.http.maxOutstandingRequests"
    )]
    [InlineData("""{"version":"2.0","logging":{"logLevel":{"default":"Loud"}}}""", "'Loud' is not a value for logging.logLevel.default")]
    public void A_wrong_host_json_is_reported(string hostJson, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<StartupException>(() => Read(new TestApp { HostJson = hostJson })).Message,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("{broken", "is not valid")]
    [InlineData("""{"IsEncrypted":true,"Values":{}}""", "is encrypted")]
    public void Wrong_local_settings_are_reported(string localSettings, string expected) =>
        Assert.Contains(
            expected,
            Assert.Throws<StartupException>(() => Read(new TestApp { LocalSettings = localSettings })).Message,
            StringComparison.Ordinal
        );

    [Fact]
    public void A_worker_config_that_names_no_worker_is_reported()
    {
        new TestApp().WriteTo(_folder.Path);
        File.WriteAllText(Path.Combine(_folder.Path, "worker.config.json"), """{"description":{}}""");

        Assert.Contains(
            "does not describe a worker",
            Assert.Throws<StartupException>(() => HostSettings.Read(new StartOptions(), _folder.Path, new Hashtable())).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("Function.One.User", LogLevel.Debug)]
    [InlineData("Function.One", LogLevel.Error)]
    [InlineData("Function.OneMore", LogLevel.Warning)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Warning)]
    [InlineData("Host.Startup", LogLevel.Debug)]
    public void The_longest_matching_category_decides_the_level(string category, LogLevel expected)
    {
        var levels = new Dictionary<string, LogLevel>
        {
            ["Function"] = LogLevel.Warning,
            ["Function.One"] = LogLevel.Error,
            ["Function.One.User"] = LogLevel.Debug,
        };

        Assert.Equal(expected, new LogLevelRules(levels, LogDetail.Full).MinimumFor(category));
    }

    [Theory]
    // The file and --verbose show invocations and triggers. Only --verbose shows frameworks.
    [InlineData("Function.One", LogLevel.Warning, LogLevel.Information, LogLevel.Information)]
    [InlineData("Host.Triggers.Timer", LogLevel.Warning, LogLevel.Debug, LogLevel.Debug)]
    [InlineData("Host.Singleton", LogLevel.Warning, LogLevel.Debug, LogLevel.Debug)]
    [InlineData("Host.Http", LogLevel.Information, LogLevel.Debug, LogLevel.Debug)]
    [InlineData("Function.One.User", LogLevel.Information, LogLevel.Information, LogLevel.Information)]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Warning, LogLevel.Warning, LogLevel.Information)]
    // These lines hold whole URLs, and a query may hold a secret.
    [InlineData("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning, LogLevel.Warning, LogLevel.Warning)]
    [InlineData("System.Net.Http.HttpClient.One.LogicalHandler", LogLevel.Warning, LogLevel.Warning, LogLevel.Warning)]
    public void The_console_the_file_and_a_verbose_console_show_ever_more(
        string category,
        LogLevel console,
        LogLevel file,
        LogLevel verbose
    )
    {
        var levels = new Dictionary<string, LogLevel>();

        Assert.Equal(console, new LogLevelRules(levels, LogDetail.Quiet).MinimumFor(category));
        Assert.Equal(file, new LogLevelRules(levels, LogDetail.Full).MinimumFor(category));
        Assert.Equal(verbose, new LogLevelRules(levels, LogDetail.Verbose).MinimumFor(category));
    }

    [Theory]
    [InlineData(false, "] careful")]
    [InlineData(true, "\e[93mcareful\e[0m")]
    public void A_terminal_gets_colours_and_a_file_does_not(bool useColor, string expected)
    {
        var output = new StringWriter();

        new HostConsole(output, useColor, TimeProvider.System).WriteLog(LogLevel.Warning, "careful");

        Assert.EndsWith(expected, output.ToString().TrimEnd(), StringComparison.Ordinal);
        Assert.Equal(useColor, output.ToString().Contains('\e'));
    }
}
