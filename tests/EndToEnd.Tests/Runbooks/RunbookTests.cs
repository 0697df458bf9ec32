using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Azure.Data.Tables;
using McpFunctions.EndToEnd.Tests.Events;
using McpFunctions.EndToEnd.Tests.Outages;
using McpFunctions.EndToEnd.Tests.Readme;
using McpFunctions.TestServers;
using StackExchange.Redis;

namespace McpFunctions.EndToEnd.Tests.Runbooks;

/// <summary>Follows the runbooks of docs/operations.md, each in the trouble that it is for.</summary>
[Collection(StoppableApplication.Name)]
public sealed partial class RunbookTests(StoppableApplication application)
{
    private const string Page = "docs/operations.md";
    private const string Preparation = "Before you begin";
    private const string Deployment = "deployment sub create --name mcp --location westeurope --parameters deploy/bicep/main.bicepparam --output none";

    // Writes down what it is asked, with the parameters of the deployment, and knows one app with a slot.
    private const string Azure = """
        echo "$*${MCP_ARTIFACT:+ [$MCP_ARTIFACT ${MCP_INSTANCES:-} ${MCP_SIGNING_KEY_ID:-} ${MCP_OTHER_SIGNING_KEY_IDS:-}]}" >>"$HOME/azure"
        case "$*" in
        "functionapp list "*mcp-app*) printf 'mcp-audit-x\tmcp-audit\tpremium\n' ;;
        "functionapp config appsettings list "*WEBSITE_RUN_FROM_PACKAGE*) echo https://st/artifacts/mcpfunctions-1.0.0.zip ;;
        "functionapp deployment slot list "*) echo staging ;;
        "functionapp show "*) echo app.azure ;;
        "keyvault secret set "*) grep -qE '^[A-Za-z0-9+/]{64}$' "${9}" ;;
        esac
        """;

    // Azure's apps are healthy; the gateway is asked itself.
    private const string Curl = """
        case "${!#}" in
        https://*.azure/*) ;;
        *) exec "$(type -ap curl | sed -n 2p)" "$@" ;;
        esac
        """;

    private GatewayApplication Gateway => application.Gateway;

    [Fact]
    public async Task Redis_is_lost()
    {
        var user = Gateway.NewUser();
        using var runbook = await StartAsync("Redis is lost");
        await Gateway.Redis.StopAsync();
        var file = (await user.UploadAsync("while-lost.txt")).Text("id");

        Assert.Contains("Could not connect", (await runbook.RunNextUntilAsync(printed => StatusOf(printed) == "unhealthy")), StringComparison.Ordinal);
        await Gateway.Redis.StartAgainAsync();
        Assert.Equal("OK", await runbook.RunNextAsync());
        await runbook.RunNextUntilAsync(IsQuiet);

        Assert.Single(await user.AuditOfAsync(file, 1));
        await user.NotificationsOfAsync(file, 1);
        await user.FileInContextAsync(file, _ => true);
        AssertDone(runbook, "redisenterprise list --resource-group rg-mcp *");
    }

    [Fact]
    public async Task Storage_is_down()
    {
        var user = Gateway.NewUser();
        using var runbook = await StartAsync("Storage is down");

        Gateway.Azurite.Freeze();
        try
        {
            Assert.Matches(@"^503\n[Rr]etry-[Aa]fter: [0-9]+", await runbook.RunNextUntilAsync(printed => printed.StartsWith("503", StringComparison.Ordinal)));
        }
        finally
        {
            Gateway.Azurite.Thaw();
        }

        await runbook.RunNextUntilAsync(IsQuiet);
        await user.AuditOfAsync((await user.UploadAsync("afterwards.txt")).Text("id"), 1);
        AssertDone(runbook, "storage account list --resource-group rg-mcp *");
    }

    [Fact]
    public async Task Dead_letters_rise()
    {
        using var runbook = await StartAsync("Dead letters rise");
        // A producer that gives two events one id.
        var first = EventMessage.Uploaded(Gateway.NewUser().Id, "first");
        var second = first with { Payload = EventMessage.Uploaded(Gateway.NewUser().Id, "second").Payload };
        await Gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(first.Channel), first.ToString());
        await Gateway.RedisSubscriber.PublishAsync(RedisChannel.Literal(second.Channel), second.ToString());

        var listed = await runbook.RunNextUntilAsync(printed => Json(printed).Items("items").Length > 0);
        var read = Json(await runbook.RunNextAsync());
        Assert.Equal(Json(listed).Items("items")[0].Text("id"), read.Text("id"));
        Assert.Equal(first.Id, read.Text("event", "id"));
        var results = (await runbook.RunNextAsync()).Split('\n');

        Assert.Equal((1, 1), (Json(results[0]).Number("matched"), Json(results[0]).Number("failed")));
        Assert.True(Json(results[1]).Number("matched") >= 1);
        Assert.Equal("204", results[2]);
        AssertDone(runbook);
    }

    [Fact]
    public async Task Lag_rises()
    {
        await Gateway.NewUser().UploadAsync("lag.txt");
        using var runbook = await StartAsync("Lag rises");

        var printed = await runbook.RunNextUntilAsync(printed => printed.Contains("last-delivered-id", StringComparison.Ordinal));
        Assert.Equal(["audit", "notifications", "orchestrator"], Json(printed.Split('\n')[0]).Items("items").Select(consumer => consumer.Text("name")).Order());
        Assert.All(Json(printed.Split('\n')[0]).Items("items"), consumer => Assert.True(consumer.GetProperty("pairs")[0].GetProperty("unread").GetInt64() >= 0));
        await runbook.RunNextAsync();

        AssertDone(
            runbook, "functionapp list --resource-group rg-mcp *", "functionapp config appsettings list --resource-group rg-mcp --name mcp-audit-x *",
            "functionapp restart --resource-group rg-mcp --name mcp-audit-x");
    }

    [Fact]
    public async Task Rotate_the_signing_key()
    {
        var before = await File.ReadAllTextAsync(application.SigningKeysFile, TestContext.Current.CancellationToken);
        var old = await Gateway.LoginAsync();
        var key = "";
        using var runbook = await StartAsync("Rotate the signing key", ("KEYS", application.SigningKeysFile));
        try
        {
            await runbook.RunNextAsync();
            var added = Json(await File.ReadAllTextAsync(application.SigningKeysFile, TestContext.Current.CancellationToken)).At("signingKeys").EnumerateObject().Last();
            // The date on which the runbook began.
            key = added.Name;
            Assert.Matches("^key-[0-9]{8}$", key);
            Gateway.Confidential(added.Value.GetString()!);
            await runbook.RunNextAsync();
            var renewed = await Eventually.GetAsync(() => Gateway.LoginAsync(), user => KeyOf(user.Token) == key);
            await renewed.FilesAsync();
            // The old key still counts, until it is removed.
            await old.FilesAsync();
            await runbook.RunNextAsync();
            await Eventually.UntilAsync(async () => (await old.GetAsync("files")).StatusCode == HttpStatusCode.Unauthorized);
            await renewed.FilesAsync();
        }
        finally
        {
            // The other tests sign with it themselves.
            await File.WriteAllTextAsync(application.SigningKeysFile, before, CancellationToken.None);
        }

        await Eventually.UntilAsync(async () => (await old.GetAsync("files")).StatusCode == HttpStatusCode.OK);
        await runbook.RunNextAsync();
        // Every instance knows the key before one signs with it, and the old key until the last token has expired.
        AssertDone(
            runbook, "keyvault list *", $"keyvault secret set --vault-name * --name signing-key-{key} --file *", "functionapp list *", "functionapp config appsettings list *",
            $"{Deployment} [mcp-audit=mcpfunctions-1.0.0.zip   {key}]", $"{Deployment} [mcp-audit=mcpfunctions-1.0.0.zip  {key} first]");
    }

    [Fact]
    public async Task Scale_out()
    {
        using var runbook = await StartAsync("Scale out");

        await runbook.RunNextAsync();
        Assert.Matches("^1\n", await runbook.RunNextUntilAsync(printed => printed.StartsWith("1\n", StringComparison.Ordinal)));

        AssertDone(runbook, "functionapp list *", "functionapp config appsettings list *", $"{Deployment} [mcp-audit=mcpfunctions-1.0.0.zip 3  ]");
    }

    [Fact]
    public async Task Upgrade()
    {
        using var runbook = await StartAsync("Upgrade");
        await File.WriteAllTextAsync(Path.Combine(runbook.Folder, "app.zip"), "zip", TestContext.Current.CancellationToken);

        Assert.EndsWith("mcpfunctions-1.1.0-4a70fe9a.zip runs in mcp-audit-x.", await runbook.RunNextAsync(), StringComparison.Ordinal);
        Assert.Contains("\"items\"", await runbook.RunNextAsync(), StringComparison.Ordinal);
        await runbook.RunNextAsync();

        var calls = Calls(runbook);
        // Settings before the artifact, the slot before production.
        string[] order = [Deployment, "config appsettings set", "slot swap", "config appsettings set", "slot swap", "slot swap"];
        Assert.Equal(order, calls.SelectMany(call => order.Distinct().Where(part => call.Contains(part, StringComparison.Ordinal))));
        Assert.Equal(0, runbook.BlocksLeft);
    }

    [Fact]
    public async Task Restore()
    {
        // The administrator who follows the runbook has a file, too.
        var admin = await Gateway.LoginAsync();
        var file = (await admin.UploadAsync("restored.txt")).Text("id");
        await admin.AuditOfAsync(file, 1);
        await admin.NotificationsOfAsync(file, 1);
        await admin.FileInContextAsync(file, _ => true);
        using var runbook = await StartAsync("Restore");

        var made = (await runbook.RunNextAsync()).Split('\n');
        Assert.Contains(Json(made[^2]).Items("items"), notification =>
            notification.Text("name") == "file:new" && notification.Text("payload", "fileId") == file);
        Assert.Contains(Json(made[^1]).Items("files"), each => each.Text("fileId") == file);

        var lines = new TableClient(Gateway.Azurite.ConnectionString, "Audit");
        await foreach (var line in lines.QueryAsync<TableEntity>(cancellationToken: TestContext.Current.CancellationToken))
        {
            await lines.DeleteEntityAsync(line, cancellationToken: TestContext.Current.CancellationToken);
        }
        Assert.Empty(await admin.AuditAsync($"&resourceId={file}"));
        Assert.InRange(Json(await runbook.RunNextAsync()).Number("count"), 1, long.MaxValue);
        await runbook.RunNextAsync();
        await runbook.RunNextUntilAsync(printed => Json(printed).Text("status") == "done");
        Assert.Single(await admin.AuditAsync($"&resourceId={file}"));

        await runbook.RunNextAsync();
        AssertDone(runbook, "storage account list *", "storage blob list *");
    }

    [Fact]
    public void Each_runbook_has_a_test()
    {
        var headings = Heading().Matches(File.ReadAllText(Repository.PathOf(Page.Split('/')))).Select(match => match.Groups[1].Value).Where(heading => heading != Preparation);
        var tests = typeof(RunbookTests).GetMethods().Select(method => method.Name).ToHashSet();

        Assert.All(headings, heading => Assert.Contains(heading.Replace(' ', '_'), tests));
    }

    private async Task<PageSections> StartAsync(string heading, params (string Variable, string Value)[] replacements)
    {
        var runbook = new PageSections(
            Page,
            [Preparation, heading],
            [
                ("GATEWAY", Gateway.Address.ToString().TrimEnd('/')),
                ("REDIS", $"\"redis-cli -p {Gateway.Redis.Port}\""),
                ("PASSWORD", Gateway.AdminPassword),
                .. replacements,
            ]);
        await runbook.AddProgramAsync("az", Azure.Replace("$HOME", runbook.Folder, StringComparison.Ordinal));
        await runbook.AddProgramAsync("curl", Curl);
        Directory.CreateSymbolicLink(Path.Combine(runbook.Folder, "deploy"), Repository.PathOf("deploy"));
        await runbook.RunNextAsync();
        await runbook.RunNextAsync();
        Assert.Equal(2, (await runbook.RunNextAsync()).Split('\n').Length);
        return runbook;
    }

    // The health in the last line but one, or in the last, if it has one.
    private static string StatusOf(string printed) => printed.Split('\n').Where(line => line.StartsWith("{\"status\"", StringComparison.Ordinal)).Select(line => Json(line).Text("status")).Last();

    private static bool IsQuiet(string printed)
    {
        var lines = printed.Split('\n');
        return StatusOf(printed) == "healthy"
            && lines[^1].StartsWith("{\"items\"", StringComparison.Ordinal)
            && Json(lines[^1]).Items("items").All(consumer => consumer.Number("pending") == 0 && consumer.Number("openReplays") == 0);
    }

    private static void AssertDone(PageSections runbook, params string[] calls)
    {
        Assert.Equal(0, runbook.BlocksLeft);
        // A block that waits repeats its calls.
        var made = Calls(runbook).Distinct().ToArray();
        Assert.Equal(calls.Length, made.Length);
        Assert.All(calls.Zip(made), pair => Assert.Matches($"^{Regex.Escape(pair.First).Replace(@"\*", ".*", StringComparison.Ordinal)}$", pair.Second));
    }

    private static string[] Calls(PageSections runbook)
    {
        var file = Path.Combine(runbook.Folder, "azure");
        return File.Exists(file) ? File.ReadAllLines(file) : [];
    }

    private static string KeyOf(string token)
    {
        var header = token.Split('.')[0].Replace('-', '+').Replace('_', '/');
        return Json(Encoding.UTF8.GetString(Convert.FromBase64String(header.PadRight((header.Length + 3) / 4 * 4, '=')))).Text("kid");
    }

    private static JsonElement Json(string text) => JsonDocument.Parse(text).RootElement;

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
