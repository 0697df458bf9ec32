using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Tests.Documentation;
using McpFunctions.TestServers;
using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Tests.Deployment;

public sealed partial class PlanTests
{
    private const int MaxHostId = 32;

    private static readonly (string Consumer, string Type)[] s_pairs =
        [.. Subscriptions.Consumers.SelectMany(consumer => Subscriptions.TypesOf(consumer).Select(type => (consumer, type)))];

    // What must run once in a deployment.
    private static readonly string[] s_once = ["RelayEvents", "ExpireSessions", "CheckHealth", "CleanUp", "CollectFiles", "RemoveDeletedUsers", "ExpireLockouts"];

    private static readonly string[] s_helpWords =
        ["--preset", "--apps", "--name", "--hosting", "--json", "--settings", "--env", "--help", "  one ", "  consumers ", "  events "];

    [Fact]
    public async Task The_list_of_functions_is_that_of_the_code()
    {
        string path = Repository.PathOf("deploy", "functions.json");
        if (Environment.GetEnvironmentVariable(DocumentTests.Renew) == "1")
        {
            await File.WriteAllTextAsync(path, FunctionsFile.Create());
        }

        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path) == FunctionsFile.Create(),
            $"deploy/functions.json is out of date. Renew it with {DocumentTests.Renew}=1 ./test --filter FullyQualifiedName~PlanTests, check the difference, and commit it.");
    }

    [Fact]
    public void Each_consumer_has_one_recovery_timer() => Assert.Equal(
        Subscriptions.Consumers.Order(),
        Functions().Where(each => (string)each!["trigger"]! == "timer" && each["consumer"] is not null).Select(each => (string)each!["consumer"]!).Order());

    [Theory]
    [InlineData("one", 1)]
    [InlineData("consumers", 4)]
    [InlineData("events", 42)]
    public async Task The_settings_of_a_preset_enable_each_pair_in_one_app_and_a_timer_beside_it(string preset, int apps)
    {
        JsonNode plan = await JsonAsync("--preset", preset, "--name", "mcp");

        Assert.Equal(apps, plan["apps"]!.AsArray().Count);
        Assert.Equal(s_pairs.Order(), plan["apps"]!.AsArray().SelectMany(app => PairsOf(SettingsOf(app!))).Order());
        Assert.All(plan["apps"]!.AsArray(), app =>
        {
            string[] enabled = [.. Enabled(SettingsOf(app!))];
            Assert.Contains("GetHealth", enabled);
            Assert.All(PairsOf(SettingsOf(app!)).Select(pair => pair.Consumer), consumer => Assert.Contains($"Recover{consumer}", enabled, StringComparer.OrdinalIgnoreCase));
        });
        Assert.All(s_once, once => Assert.Single(plan["apps"]!.AsArray(), app => Enabled(SettingsOf(app!)).Contains(once)));
        // All routes are somewhere.
        Assert.Contains(plan["apps"]!.AsArray(), app => Functions().Where(each => (string)each!["trigger"]! == "http").All(each => Enabled(SettingsOf(app!)).Contains((string)each!["name"]!)));
    }

    [Fact]
    public async Task Each_app_has_a_host_id_of_its_own_that_the_host_does_not_cut()
    {
        JsonNode plan = await JsonAsync("--preset", "events", "--name", "contoso-production");

        string[] ids = [.. plan["apps"]!.AsArray().Select(app => SettingsOf(app!)["AzureFunctionsWebHost__hostid"])];
        Assert.Distinct(ids);
        // The rules of the Functions host.
        Assert.All(ids, id => Assert.Matches("^(?=.{1,32}$)[a-z0-9]+(-[a-z0-9]+)*$", id));
        Assert.All(ids, id => Assert.True(id.Length <= MaxHostId));
        // An id stays the same, or the timers' leases and the keys of functions would be lost.
        Assert.Equal("contoso-production-http", ids[0]);
        Assert.Equal("contoso-production-audi-" + ids[1][^8..], ids[1]);
        Assert.Equal(ids, (await JsonAsync("--preset", "events", "--name", "contoso-production"))["apps"]!.AsArray().Select(app => (string)app!["hostId"]!));
    }

    [Fact]
    public async Task The_settings_of_an_app_are_printed_for_Azure_and_for_a_container()
    {
        (int code, string azure, _) = await RunAsync("--preset", "consumers", "--settings", "mcp-audit");
        Assert.Equal(0, code);
        Dictionary<string, string> settings = JsonDocument.Parse(azure).RootElement.EnumerateArray()
            .ToDictionary(each => each.GetProperty("name").GetString()!, each => each.GetProperty("value").GetString()!);
        Assert.Equal(Subscriptions.TypesOf("audit").Select(type => ("audit", type)), PairsOf(settings));
        Assert.Equal("mcp-audit", settings["AzureFunctionsWebHost__hostid"]);

        (_, string lines, _) = await RunAsync("--preset", "consumers", "--env", "mcp-audit");
        Dictionary<string, string> environment = lines.Trim().Split('\n').Select(line => line.Split('=')).ToDictionary(line => line[0], line => line[1]);
        Assert.All(environment.Keys, name => Assert.Matches("^[A-Za-z_]+$", name));
        Assert.Equal(PairsOf(settings), PairsOf(environment));
        Assert.Equal(settings.Count, environment.Count);
    }

    [Fact]
    public async Task A_list_of_apps_is_a_plan()
    {
        Assert.Equal(
            (await JsonAsync("--preset", "consumers", "--name", "mcp")).ToJsonString(),
            (await JsonAsync("--apps", "http, audit,notifications,orchestrator")).ToJsonString());

        JsonNode without = await JsonAsync("--apps", "notifications,http", "--name", "local");
        Assert.Equal(["local-notifications", "local-http"], without["apps"]!.AsArray().Select(app => (string)app!["name"]!));
        Assert.All(without["apps"]!.AsArray(), app => Assert.Equal("notifications", SettingsOf(app!)["Delivery__Consumers"]));
    }

    [Fact]
    public async Task The_output_is_a_plan_again()
    {
        JsonNode plan = await JsonAsync("--preset", "consumers");
        using var folder = new TemporaryFolder();

        Assert.Equal(plan.ToJsonString(), (await JsonAsync(await WriteAsync(folder, plan.ToJsonString()))).ToJsonString());
    }

    [Fact]
    public async Task The_plan_is_printed_as_a_table()
    {
        (int code, string table, string errors) = await RunAsync("--preset", "consumers", "--name", "mcp");

        Assert.Equal((0, ""), (code, errors));
        string[] lines = table.Split('\n');
        Assert.Matches(@"^app +hosting +host id +HTTP +timers +events$", lines[0]);
        Assert.Matches(@"^mcp-http +premium +mcp-http +all +all +-$", lines[1]);
        Assert.Matches(@"^mcp-audit +premium +mcp-audit +GetHealth +- +audit: all 17$", lines[2]);
        Assert.Contains("RedisConnection", table, StringComparison.Ordinal);
        Assert.Contains("AzureWebJobsStorage", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deployment_may_lack_a_consumer_and_its_apps_know_it()
    {
        JsonNode plan = await PlanAsync("""{"consumers": ["audit"], "apps": [{"name": "a", "functions": ["http", "timers", "audit"]}]}""");

        Dictionary<string, string> settings = SettingsOf(plan["apps"]![0]!);
        Assert.Equal("audit", settings["Delivery__Consumers"]);
        Assert.DoesNotContain(PairsOf(settings), pair => pair.Consumer != "audit");
    }

    [Theory]
    [InlineData(
        "a pair in no app",
        """[{"name": "a", "functions": ["http", "timers", "audit", "notifications", "orchestrator:file.uploaded"]}]""",
        "OrchestrateFileUpdated is in no app, so its events would wait for ever. Add \"orchestrator:file.updated\" to one app.")]
    [InlineData(
        "a pair in two apps",
        """[{"name": "a", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}, {"name": "b", "functions": ["audit:file.uploaded", "GetHealth"]}]""",
        "AuditFileUploaded is in the apps a and b, so each message would cost an invocation in each. Leave it in one.")]
    [InlineData(
        "a pair without its recovery timer",
        """[{"name": "a", "functions": ["http", "timers", "audit:file.deleted", "notifications", "orchestrator"]}, {"name": "b", "functions": ["AuditFileUploaded", "GetHealth"]}]""",
        "App b has functions of audit without RecoverAudit: an event that they miss or fail at would never come again. Add \"RecoverAudit\".")]
    [InlineData(
        "a timer in no app",
        """[{"name": "a", "functions": ["http", "audit", "notifications", "orchestrator", "RelayEvents", "ExpireSessions", "CheckHealth", "CleanUp", "RemoveDeletedUsers", "ExpireLockouts"]}]""",
        "CollectFiles is in no app, so its work would never be done. Add \"CollectFiles\" to one app, or \"timers\" for all timers that run once.")]
    [InlineData(
        "a timer in two apps",
        """[{"name": "a", "functions": ["http", "timers", "audit", "notifications"]}, {"name": "b", "functions": ["orchestrator", "GetHealth", "RelayEvents"]}]""",
        "RelayEvents is in the apps a and b, and each would do its work. Leave it in one.")]
    [InlineData(
        "an app without its health route",
        """[{"name": "a", "functions": ["http", "timers", "notifications", "orchestrator"]}, {"name": "b", "functions": ["audit"]}]""",
        "App b lacks GetHealth: the platform's health checks would get 404 and restart it for ever. Add \"GetHealth\".")]
    [InlineData(
        "a Redis trigger on Consumption",
        """[{"name": "a", "hosting": "consumption", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]""",
        "App a has Redis triggers (AuditApiKeyCreated and 40 more) on consumption, where they do not run: use premium or dedicated, or move them to another app.")]
    [InlineData(
        "a Redis trigger on Flex Consumption",
        """[{"name": "a", "functions": ["http", "timers", "notifications", "orchestrator"]}, {"name": "b", "hosting": "flex", "functions": ["audit", "GetHealth"]}]""",
        "App b has Redis triggers (AuditApiKeyCreated and 16 more) on flex, where they do not run: use premium or dedicated, or move them to another app.")]
    [InlineData(
        "two apps of one name",
        """[{"name": "a", "functions": ["http", "timers", "notifications", "orchestrator"]}, {"name": "a", "functions": ["audit", "GetHealth"]}]""",
        "Two apps are named a: rename one.")]
    [InlineData(
        "a name that Azure or the host refuses",
        """[{"name": "My_App", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]""",
        "\"My_App\" cannot be the name of an app: use at most 60 small letters, digits and single hyphens between them.")]
    [InlineData(
        "an entry that names nothing",
        """[{"name": "a", "functions": ["http", "timers", "audit", "notifications", "orchestrator", "audit:file.upload"]}]""",
        "App a has \"audit:file.upload\", which names nothing: use the name of a function, http, timers, a consumer (audit, notifications, orchestrator), or a pair such as audit:file.uploaded.")]
    [InlineData(
        "an unknown hosting",
        """[{"name": "a", "hosting": "ep1", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]""",
        "App a has the hosting \"ep1\": choose from premium, dedicated, container, flex, consumption.")]
    [InlineData(
        "instances where others decide",
        """[{"name": "a", "hosting": "dedicated", "instances": 3, "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]""",
        "App a has \"instances\" on dedicated, where its plan or the platform decides: leave them out, or use premium.")]
    public async Task A_plan_that_would_not_work_is_refused_with_what_to_do(string plan, string apps, string message)
    {
        (int code, string output, string errors) = await RunPlanAsync($$"""{"apps": {{apps}}}""");

        Assert.True((code, output) == (1, ""), plan);
        Assert.Contains($"- {message}\n", errors, StringComparison.Ordinal);
        // Nothing else is wrong with it, but for the plan in which a whole consumer but one type is missing.
        Assert.Equal(plan is "a pair in no app" ? 9 : plan is "a pair without its recovery timer" ? 16 : 1, errors.Split("\n- ").Length - 1);
    }

    [Fact]
    public async Task A_consumer_that_the_plan_leaves_out_has_no_functions()
    {
        (int code, _, string errors) = await RunPlanAsync("""{"consumers": ["audit", "notifications"], "apps": [{"name": "a", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]}""");

        Assert.Equal(1, code);
        Assert.Contains("OrchestrateFileUploaded is in app a, but \"consumers\" does not name orchestrator: add it there, or take the function out.", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Apps_that_would_share_a_host_id_are_refused()
    {
        string longName = new('a', 40);
        string hostId = (string)(await PlanAsync($$"""{"apps": [{"name": "{{longName}}", "functions": ["http", "timers", "audit", "notifications", "orchestrator"]}]}"""))["apps"]![0]!["hostId"]!;

        (int code, _, string errors) = await RunPlanAsync($$"""
            {"apps": [{"name": "{{longName}}", "functions": ["http", "timers", "audit", "notifications"]}, {"name": "{{hostId}}", "functions": ["orchestrator", "GetHealth"]}]}
            """);

        Assert.Equal(1, code);
        Assert.Contains($"The apps {longName} and {hostId} would share the host id {hostId}", errors, StringComparison.Ordinal);
    }

    // Two names of one beginning have ids that differ in their hash only.
    [Fact]
    public async Task Long_names_with_one_beginning_have_different_host_ids()
    {
        string beginning = new('a', 50);
        JsonNode plan = await PlanAsync($$"""
            {"apps": [{"name": "{{beginning}}1", "functions": ["http", "timers", "audit", "notifications"]}, {"name": "{{beginning}}2", "functions": ["orchestrator", "GetHealth"]}]}
            """);

        Assert.NotEqual((string)plan["apps"]![0]!["hostId"]!, (string)plan["apps"]![1]!["hostId"]!);
    }

    [Theory]
    [InlineData("Give a plan, --preset or --apps.")]
    [InlineData("There is no preset many: use one, consumers or events.", "--preset", "many")]
    [InlineData("Give a plan, --preset or --apps.", "--preset", "one", "--apps", "http,audit")]
    [InlineData("--apps names \"audits\", \"\": choose from http, audit, notifications, orchestrator, or give a plan.", "--apps", "http,audits,")]
    [InlineData("--apps needs http, which also has the timers, and at least one consumer, each once.", "--apps", "audit")]
    [InlineData("--apps needs http, which also has the timers, and at least one consumer, each once.", "--apps", "http")]
    [InlineData("--apps needs http, which also has the timers, and at least one consumer, each once.", "--apps", "http,audit,audit")]
    [InlineData("There is no option --wrong.", "--wrong")]
    [InlineData("--preset needs a value.", "--preset")]
    [InlineData("There is no app b. The plan has mcp.", "--preset", "one", "--settings", "b")]
    [InlineData("Give a plan, --preset or --apps.", "--preset", "one", "plan.json")]
    public async Task A_wrong_option_is_explained(string message, params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync(arguments);

        Assert.Equal((64, ""), (code, output));
        Assert.Equal($"{message} deploy/plan --help explains the options.", errors.Trim());
    }

    [Theory]
    [InlineData("{", "cannot be read")]
    [InlineData("[]", "\"apps\" is a list of at least one app.")]
    [InlineData("""{"apps": []}""", "\"apps\" is a list of at least one app.")]
    [InlineData("""{"apps": [{"name": "a"}]}""", "Each app has a \"name\", a list of \"functions\", and may have a \"hosting\" and \"instances\".")]
    [InlineData("""{"apps": [{"name": "a", "functions": [], "instances": 0}]}""", "\"instances\" is a whole number from 1 to 20.")]
    [InlineData("""{"apps": [{"name": "a", "functions": [], "plan": "premium"}]}""", "There is no field \"plan\".")]
    [InlineData("""{"apps": [{"name": "a", "functions": []}], "consumer": []}""", "There is no field \"consumer\".")]
    public async Task A_file_that_is_no_plan_is_explained(string plan, string message)
    {
        (int code, string output, string errors) = await RunPlanAsync(plan);

        Assert.Equal((64, ""), (code, output));
        Assert.Contains(message, errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        (int code, string help, _) = await RunAsync("--help");

        Assert.Equal(0, code);
        Assert.All(s_helpWords, word => Assert.Contains($"  {word}", help, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_commands_and_the_plan_of_the_page_work()
    {
        string page = await File.ReadAllTextAsync(Repository.PathOf("docs", "deployment.md"));
        MatchCollection commands = PlanCommand().Matches(page);

        Assert.Equal(2, commands.Count);
        foreach (string[] arguments in commands.Select(match => match.Groups[1].Value.Split(' ')))
        {
            Assert.Equal(0, (await RunAsync(arguments)).Code);
        }

        JsonNode plan = await PlanAsync(PlanBlock().Match(page).Groups[1].Value);
        Assert.Equal(
            [("contoso-uploads", "file.uploaded")],
            plan["apps"]!.AsArray().Take(2).SelectMany(app => PairsOf(SettingsOf(app!)).Select(pair => ((string)app!["name"]!, pair.Type))));
    }

    private static JsonArray Functions() => JsonNode.Parse(FunctionsFile.Create())!["functions"]!.AsArray();

    private static IEnumerable<string> Enabled(Dictionary<string, string> settings) =>
        Functions().Select(each => (string)each!["name"]!).Where(name => !settings.ContainsKey($"AzureWebJobs.{name}.Disabled"));

    // As the app itself reads its settings.
    private static IEnumerable<(string Consumer, string Type)> PairsOf(Dictionary<string, string> settings)
    {
        var pairs = new EnabledPairs(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value))).Build());
        return Subscriptions.Consumers.SelectMany(consumer => pairs.TypesOf(consumer).Select(type => (consumer, type)));
    }

    private static Dictionary<string, string> SettingsOf(JsonNode app) => app["settings"]!.AsObject().ToDictionary(each => each.Key, each => (string)each.Value!);

    private static async Task<JsonNode> PlanAsync(string plan)
    {
        using var folder = new TemporaryFolder();
        return await JsonAsync(await WriteAsync(folder, plan));
    }

    private static async Task<(int Code, string Output, string Errors)> RunPlanAsync(string plan)
    {
        using var folder = new TemporaryFolder();
        return await RunAsync(await WriteAsync(folder, plan));
    }

    private static async Task<string> WriteAsync(TemporaryFolder folder, string plan)
    {
        string file = Path.Combine(folder.Path, "plan.json");
        await File.WriteAllTextAsync(file, plan);
        return file;
    }

    private static async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        (int code, string output, string errors) = await RunAsync([.. arguments, "--json"]);
        Assert.Equal((0, ""), (code, errors));
        return JsonNode.Parse(output)!;
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments) =>
        CommandLine.RunAsync(Repository.PathOf("deploy", "plan"), arguments);

    [GeneratedRegex(@"^\$ deploy/plan ([^>\n]*[^> \n])", RegexOptions.Multiline)]
    private static partial Regex PlanCommand();

    [GeneratedRegex(@"```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex PlanBlock();
}
