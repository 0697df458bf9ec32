using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class AdminTests
{
    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    [Theory]
    [InlineData("GET", "admin/host/ping")]
    [InlineData("POST", "admin/host/ping")]
    [InlineData("GET", "admin/warmup")]
    public async Task Ping_and_warmup_respond_200(string method, string path)
    {
        await using var host = await TestHost.StartAsync(new ScriptedWorker());

        Assert.Equal(HttpStatusCode.OK, (await host.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).StatusCode);
    }

    [Fact]
    public async Task The_status_tells_state_version_and_id()
    {
        await using var host = await TestHost.StartAsync(new ScriptedWorker(), TestApp.With(("AzureFunctionsWebHost__hostid", "the-app")));

        var status = await host.Client.GetFromJsonAsync<JsonElement>("admin/host/status");

        Assert.Equal("Running", status.GetProperty("state").GetString());
        Assert.Equal("the-app", status.GetProperty("id").GetString());
        Assert.StartsWith("4.", status.GetProperty("version").GetString(), StringComparison.Ordinal);
        Assert.True(status.GetProperty("processUptime").GetInt64() >= 0);
    }

    [Fact]
    public async Task Functions_are_listed_with_their_bindings_addresses_and_state()
    {
        var worker = new ScriptedWorker()
            .Http("Hello", _ => ScriptedWorker.Ok(), "hello/{name?}", ["get"])
            .Http("Off", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker, TestApp.With(("AzureWebJobs.Off.Disabled", "true")));

        var list = await host.Client.GetFromJsonAsync<JsonElement>("admin/functions");
        var one = await host.Client.GetFromJsonAsync<JsonElement>("admin/functions/hello");

        Assert.Equal(["Hello", "Off"], list.EnumerateArray().Select(function => function.GetProperty("name").GetString()));
        Assert.Equal([false, true], list.EnumerateArray().Select(function => function.GetProperty("isDisabled").GetBoolean()));
        Assert.Equal($"{host.Address}api/hello/{{name?}}", one.GetProperty("invoke_url_template").GetString());
        Assert.Equal("httpTrigger", one.GetProperty("config").GetProperty("bindings")[0].GetProperty("type").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("admin/functions/nobody")).StatusCode);
    }

    [Fact]
    public async Task The_configuration_is_host_json()
    {
        await using var host = await TestHost.StartAsync(
            new ScriptedWorker(),
            new TestApp { HostJson = """{"version":"2.0","functionTimeout":"00:05:00"}""" }
        );

        var config = await host.Client.GetFromJsonAsync<JsonElement>("admin/host/config");

        Assert.Equal("00:05:00", config.GetProperty("functionTimeout").GetString());
    }

    [Fact]
    public async Task A_function_can_be_run_by_hand()
    {
        var worker = new ScriptedWorker().Http("Hello", _ => ScriptedWorker.Ok(), methods: ["post"]);
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.PostAsync("admin/functions/Hello", Json("""{"input":"the input"}"""));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        await Eventually.UntilAsync(() => worker.Received.Any(message => message.InvocationRequest is not null));
        var http = worker.Received.Single(message => message.InvocationRequest is not null).InvocationRequest.InputData[0].Data.Http;
        Assert.Equal("POST", http.Method);
        Assert.Equal("the input", http.Body.Bytes.ToStringUtf8());
        await host.UntilLineAsync("Executed 'Functions.Hello' (Succeeded");
    }

    [Fact]
    public async Task A_disabled_function_can_still_be_run_by_hand()
    {
        var worker = new ScriptedWorker().Http("Off", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker, TestApp.With(("AzureWebJobs.Off.Disabled", "true")));

        Assert.Equal(HttpStatusCode.Accepted, (await host.Client.PostAsync("admin/functions/Off", Json("{}"))).StatusCode);
        await host.UntilLineAsync("Executed 'Functions.Off' (Succeeded");
    }

    [Theory]
    [InlineData("nobody", "application/json", "{}", 404)]
    [InlineData("Hello", "text/plain", "{}", 415)]
    [InlineData("Hello", "application/json", "{broken", 400)]
    [InlineData("Hello", "application/json", """{"input":"\ud800"}""", 400)]
    [InlineData("Hello", "application/json", """{"\ud800":"x"}""", 400)]
    [InlineData("Hello", "application/json", """{"input":"x","input":"y"}""", 400)]
    public async Task What_cannot_be_run_by_hand_is_refused(string name, string contentType, string body, int expected)
    {
        var worker = new ScriptedWorker().Http("Hello", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.StartAsync(worker);

        using var response = await host.Client.PostAsync($"admin/functions/{name}", new StringContent(body, Encoding.UTF8, contentType));

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.DoesNotContain(worker.Received, message => message.InvocationRequest is not null);
    }

    [Fact]
    public async Task The_console_lists_the_functions_with_the_http_ones_first()
    {
        var worker = new ScriptedWorker()
            .Redis("Aardvark", "channel", _ => Task.FromResult(ScriptedWorker.Done()))
            .Add("InError", _ => Task.FromResult(ScriptedWorker.Done()), """{"name":"x","type":"kafkaTrigger","direction":"In"}""")
            .Http("Hello", _ => ScriptedWorker.Ok(), "hello/{name?}", ["get", "post"])
            .Http("Any", _ => ScriptedWorker.Ok());
        await using var host = await TestHost.LaunchAsync(
            worker,
            TestApp.With(("RedisConnection", $"127.0.0.1:{FreePort.Next()},abortConnect=false"))
        );
        await host.UntilLineAsync("Aardvark: ");

        var lines = host.Lines.SkipWhile(line => line != "Functions:").Take(4).ToList();

        Assert.Equal(
            [
                "Functions:",
                $"\tAny: {host.Address}api/Any",
                $"\tHello: [GET,POST] {host.Address}api/hello/{{name?}}",
                "\tAardvark: redisPubSubTrigger",
            ],
            lines
        );
        Assert.DoesNotContain(host.Lines, line => line.Contains("\tInError", StringComparison.Ordinal));
        Assert.All(
            host.Lines.Where(line => line.StartsWith('[')),
            line => Assert.Matches(@"^\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\] ", line)
        );
    }
}
