using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using McpFunctions.Local.FunctionsHost.CommandLine;

namespace McpFunctions.FunctionsHost.Tests.Host;

public sealed class KeyTests
{
    private const string HostKeys =
        """{"masterKey":{"name":"master","value":"the-master","encrypted":false},"functionKeys":[{"name":"default","value":"the-host","encrypted":false}],"systemKeys":[]}""";
    private const string FunctionKeys = """{"keys":[{"name":"default","value":"the-function","encrypted":false}]}""";

    private static ScriptedWorker Functions() =>
        new ScriptedWorker()
            .Http("Open", _ => ScriptedWorker.Ok(), authLevel: "Anonymous")
            .Http("Keyed", _ => ScriptedWorker.Ok(), methods: ["get"], authLevel: "Function")
            .Http("Other", _ => ScriptedWorker.Ok(), authLevel: "Function")
            .Http("Admin", _ => ScriptedWorker.Ok(), authLevel: "Admin");

    private static async Task<TestHost> StartAsync(bool enforced = true)
    {
        var host = await TestHost.StartAsync(Functions(), new TestApp { Options = new StartOptions { EnableAuth = enforced } });
        var folder = Directory.CreateDirectory(Path.Combine(host.AppFolder, "azure-webjobs-secrets")).FullName;
        File.WriteAllText(Path.Combine(folder, "host.json"), HostKeys);
        File.WriteAllText(Path.Combine(folder, "keyed.json"), FunctionKeys);
        return host;
    }

    private static async Task<HttpResponseMessage> GetAsync(TestHost host, string path, string? header = null, string? code = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, code is null ? path : $"{path}?code={code}");
        if (header is not null)
            request.Headers.Add("x-functions-key", header);
        return await host.Client.SendAsync(request);
    }

    [Theory]
    [InlineData("api/open", null, 200)]
    [InlineData("api/open", "wrong", 200)]
    [InlineData("api/keyed", null, 401)]
    [InlineData("api/keyed", "wrong", 401)]
    [InlineData("api/keyed", "", 401)]
    [InlineData("api/keyed", "the-function", 200)]
    [InlineData("api/keyed", "the-host", 200)]
    [InlineData("api/keyed", "the-master", 200)]
    [InlineData("api/other", "the-function", 401)]
    [InlineData("api/other", "the-host", 200)]
    [InlineData("api/admin", null, 401)]
    [InlineData("api/admin", "the-host", 401)]
    [InlineData("api/admin", "the-master", 200)]
    [InlineData("admin/host/ping", null, 200)]
    [InlineData("admin/warmup", null, 200)]
    [InlineData("admin/host/status", null, 401)]
    [InlineData("admin/host/status", "wrong", 401)]
    [InlineData("admin/host/status", "the-host", 403)]
    [InlineData("admin/host/status", "the-master", 200)]
    [InlineData("admin/functions", null, 401)]
    [InlineData("admin/functions/Open", null, 401)]
    [InlineData("admin/host/config", null, 401)]
    [InlineData("admin/host/keys", null, 401)]
    [InlineData("admin/host/keys", "the-master", 200)]
    public async Task A_key_opens_what_its_level_allows_in_the_header_or_the_query(string path, string? key, int expected)
    {
        await using var host = await StartAsync();

        using var byHeader = await GetAsync(host, path, header: key);
        using var byQuery = await GetAsync(host, path, code: key);

        Assert.Equal(expected, (int)byHeader.StatusCode);
        Assert.Equal(expected, (int)byQuery.StatusCode);
        if (expected >= 400)
            Assert.Empty(await byHeader.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("the-function", "wrong", 200)]
    [InlineData("wrong", "the-function", 401)]
    public async Task The_header_wins_over_the_query(string header, string code, int expected)
    {
        await using var host = await StartAsync();

        Assert.Equal(expected, (int)(await GetAsync(host, "api/keyed", header, code)).StatusCode);
    }

    [Fact]
    public async Task A_wrong_method_wins_over_a_missing_key()
    {
        await using var host = await StartAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.PostAsync("api/keyed", null)).StatusCode);
    }

    [Theory]
    [InlineData("api/keyed")]
    [InlineData("api/admin")]
    [InlineData("admin/host/status")]
    [InlineData("admin/functions")]
    public async Task Without_enable_auth_no_key_is_needed(string path)
    {
        await using var host = await StartAsync(enforced: false);

        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, path)).StatusCode);
    }

    [Fact]
    public async Task Keys_are_made_when_there_are_none_and_are_for_their_owner_only()
    {
        await using var host = await TestHost.StartAsync(Functions(), new TestApp { Options = new StartOptions { EnableAuth = true } });

        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, "api/keyed", "guess")).StatusCode);

        var file = Path.Combine(host.AppFolder, "azure-webjobs-secrets", "host.json");
        var master = JsonDocument.Parse(File.ReadAllText(file)).RootElement.GetProperty("masterKey").GetProperty("value").GetString();
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, "admin/host/status", master)).StatusCode);
        Assert.Contains(host.Lines, line => line.Contains("azure-webjobs-secrets", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Lines, line => line.Contains(master!, StringComparison.Ordinal));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    [Fact]
    public async Task Keys_can_be_made_changed_used_and_deleted()
    {
        await using var host = await StartAsync();
        host.Client.DefaultRequestHeaders.Add("x-functions-key", "the-master");

        using var made = await host.Client.PostAsync("admin/functions/other/keys/mine", null);
        var value = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("value").GetString()!;
        using var changed = await host.Client.PutAsync(
            "admin/functions/other/keys/mine",
            JsonContent.Create(new { name = "mine", value = "chosen" })
        );
        using var list = await host.Client.GetAsync("admin/functions/other/keys");
        var names = (await list.Content.ReadFromJsonAsync<JsonElement>())
            .GetProperty("keys")
            .EnumerateArray()
            .Select(key => key.GetProperty("name").GetString());

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Contains("mine", names);
        host.Client.DefaultRequestHeaders.Clear();
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, "api/other", value)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, "api/other", "chosen")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, "api/keyed", "chosen")).StatusCode);

        host.Client.DefaultRequestHeaders.Add("x-functions-key", "the-master");
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync("admin/functions/other/keys/mine")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.DeleteAsync("admin/functions/other/keys/mine")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.GetAsync("admin/functions/nobody/keys")).StatusCode);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await host.Client.PutAsync("admin/host/keys/mine", JsonContent.Create(new { name = "mine" }))).StatusCode
        );
        Assert.Equal(HttpStatusCode.BadRequest, (await host.Client.DeleteAsync("admin/host/systemkeys/_master")).StatusCode);
        host.Client.DefaultRequestHeaders.Clear();
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, "api/other", "chosen")).StatusCode);
    }

    [Fact]
    public async Task The_master_key_can_be_replaced()
    {
        await using var host = await StartAsync();
        host.Client.DefaultRequestHeaders.Add("x-functions-key", "the-master");

        await host.Client.PutAsync("admin/host/systemkeys/_master", JsonContent.Create(new { name = "_master", value = "another" }));
        host.Client.DefaultRequestHeaders.Clear();

        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(host, "admin/host/status", "the-master")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(host, "admin/host/status", "another")).StatusCode);
    }
}
