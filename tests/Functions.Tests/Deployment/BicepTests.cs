using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Consumers;
using McpFunctions.Functions.Settings;
using McpFunctions.Functions.Tests.Documentation;
using McpFunctions.TestServers;
using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Tests.Deployment;

public sealed partial class BicepTests(BicepServer bicep) : IClassFixture<BicepServer>
{
    // An app of each hosting: deploy/plan accepts it.
    private const string MixedPlan = """
        {
          "apps": [
            { "name": "mixed-http", "hosting": "flex", "functions": ["http"] },
            { "name": "mixed-work", "hosting": "dedicated", "functions": ["timers", "audit", "GetHealth"] },
            { "name": "mixed-rest", "functions": ["notifications", "orchestrator", "GetHealth"] }
          ]
        }
        """;

    // The roles of the apps' identity.
    private static readonly string[] s_roles =
    [
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor
        "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
        "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
        "974c5e8b-45b9-4653-ba55-5f855dd0fb88", // Storage Queue Data Contributor
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
    ];

    private static readonly string[] s_presets = ["one", "consumers", "events"];

    // A prefix of settings that only the platform reads.
    private static readonly string[] s_platform = ["WEBSITE_", "FUNCTIONS_", "APPLICATIONINSIGHTS_", "AzureWebJobs.", "AzureFunctionsWebHost__"];

    private static readonly string s_settings = SettingsPage.Create();

    private static readonly JsonNode s_functions = JsonNode.Parse(FunctionsFile.Create())!;

    public static TheoryData<string> Presets => [.. s_presets];

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task The_plan_of_a_preset_is_the_output_of_deploy_plan(string preset)
    {
        string path = Repository.PathOf("deploy", "bicep", "presets", $"{preset}.json");
        (_, string plan, _) = await CommandLine.RunAsync(Repository.PathOf("deploy", "plan"), ["--preset", preset, "--json"]);
        if (Environment.GetEnvironmentVariable(DocumentTests.Renew) == "1")
        {
            await File.WriteAllTextAsync(path, plan);
        }

        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path) == plan,
            $"deploy/bicep/presets/{preset}.json is out of date. Renew it with {DocumentTests.Renew}=1 ./test --filter FullyQualifiedName~BicepTests, check the difference, and commit it.");
    }

    [Fact]
    public async Task The_templates_build_without_a_warning_and_give_no_secret_away()
    {
        (int code, string output, string errors) = await CommandLine.RunAsync(BicepServer.Program, ["lint", "--pattern", Repository.PathOf("deploy", "bicep", "*.bicep*")]);
        Assert.True(code == 0 && output + errors == "", output + errors);
        JsonNode template = await bicep.BuildAsync(Repository.PathOf("deploy", "bicep", "main.bicep"));

        JsonObject[] templates = [.. TemplatesIn(template)];
        Assert.Equal(9, templates.Length);
        string[] outputs = [.. templates.SelectMany(each => each["outputs"]?.AsObject() ?? []).Select(each => each.Value!.ToJsonString())];
        // A connection string of Application Insights only lets somebody send telemetry; it is needed for that.
        Assert.All(outputs, output => Assert.DoesNotMatch(SecretFunction(), output));
        Assert.DoesNotContain("ConnectionString", template["outputs"]!.ToJsonString(), StringComparison.Ordinal);
        // No template takes a secret either: their values never pass through a deployment.
        Assert.DoesNotContain("\"securestring\"", template.ToJsonString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotMatch(SecretFunction(), template.ToJsonString());
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public async Task The_apps_of_a_preset_have_the_settings_of_its_plan(string preset)
    {
        using var deployment = new BicepDeployment();
        BicepResources resources = await bicep.EvaluateAsync(await deployment.ParametersAsync(("MCP_PRESET", preset), ("MCP_ARTIFACT", "app.zip")));

        JsonArray plan = JsonNode.Parse(await File.ReadAllTextAsync(deployment.PathOf($"presets/{preset}.json")))!["apps"]!.AsArray();
        Assert.Equal(plan.Select(app => (string)app!["name"]!), resources.Apps.Keys);
        Assert.All(plan, app =>
        {
            Dictionary<string, string> settings = BicepResources.SettingsOf(resources.Apps[(string)app!["name"]!]);
            Assert.All(app["settings"]!.AsObject(), setting => Assert.Equal((string)setting.Value!, settings[setting.Key]));
            Assert.Equal(app["settings"]!.AsObject().Count(setting => IsSwitch(setting.Key)), settings.Keys.Count(IsSwitch));
        });
        AssertSafe(resources);
        AssertIsolated(resources, slots: true);
        Assert.Equal(plan.Count, resources.Of("Microsoft.Insights/metricAlerts").Length);
        // Four apps with their slots fit into the memory of EP1.
        Assert.Equal((plan.Count + 3) / 4, resources.Of("Microsoft.Web/serverfarms").Length);
        Assert.All(resources.Of("Microsoft.Web/serverfarms"), each => Assert.Equal("ElasticPremium", (string)each["sku"]!["tier"]!));
    }

    [Fact]
    public async Task A_plan_of_ones_own_may_use_every_hosting_and_Flex_Consumption_gets_no_Redis_trigger()
    {
        using var deployment = new BicepDeployment();
        string file = deployment.PathOf("mixed.json");
        await File.WriteAllTextAsync(file, MixedPlan);
        (int code, string plan, string errors) = await CommandLine.RunAsync(Repository.PathOf("deploy", "plan"), [file, "--json"]);
        Assert.Equal((0, ""), (code, errors));
        await File.WriteAllTextAsync(file, plan);
        await File.WriteAllTextAsync(deployment.PathOf("mixed.bicepparam"), """
            using 'main.bicep'
            param environmentName = 'mixed'
            param location = 'westeurope'
            param plan = loadJsonContent('mixed.json')
            param appNameSuffix = ''
            param artifact = 'app.zip'
            param zoneRedundant = true
            param redisClusteringPolicy = 'OSSCluster'
            param settings = { Delivery__HourShards: '8' }
            param otherSigningKeyIds = ['other']
            param uploader = { principalId: '00000000-0000-0000-0000-000000000002', principalType: 'ServicePrincipal' }
            """);

        BicepResources resources = await bicep.EvaluateAsync(deployment.PathOf("mixed.bicepparam"));

        AssertSafe(resources);
        AssertIsolated(resources, slots: false);
        JsonNode flex = resources.Apps["mixed-http"];
        Assert.Equal("mixed-http", (string)flex["name"]!);
        Assert.Empty(PairsOf(BicepResources.SettingsOf(flex)));
        Assert.DoesNotContain(BicepResources.SettingsOf(flex).Keys, name => name.StartsWith("WEBSITE_RUN_FROM_PACKAGE", StringComparison.Ordinal) || name.StartsWith("FUNCTIONS_", StringComparison.Ordinal));
        Assert.Equal("blobContainer", (string)flex["properties"]!["functionAppConfig"]!["deployment"]!["storage"]!["type"]!);
        Assert.Equal("UserAssignedIdentity", (string)flex["properties"]!["functionAppConfig"]!["deployment"]!["storage"]!["authentication"]!["type"]!);
        Assert.Null(resources.StagingOf(flex));
        // Without it, no timer of a Dedicated plan would run for long.
        Assert.True((bool)resources.Apps["mixed-work"]["properties"]!["siteConfig"]!["alwaysOn"]!);
        Assert.NotNull(resources.StagingOf(resources.Apps["mixed-work"]));
        Assert.Equal(["ElasticPremium", "FlexConsumption", "PremiumV3"], resources.Of("Microsoft.Web/serverfarms").Select(each => (string)each["sku"]!["tier"]!).Order());
        Assert.All(resources.Of("Microsoft.Web/serverfarms"), each => Assert.True((bool)each["properties"]!["zoneRedundant"]!));
        Assert.All(resources.Of("Microsoft.Web/serverfarms").Where(each => each["sku"]!["capacity"] is not null), each => Assert.Equal(3, (int)each["sku"]!["capacity"]!));
        Assert.Equal("Standard_ZRS", (string)Assert.Single(resources.Of("Microsoft.Storage/storageAccounts"))["sku"]!["name"]!);
        Assert.Equal("OSSCluster", (string)Assert.Single(resources.Of("Microsoft.Cache/redisEnterprise/databases"))["properties"]!["clusteringPolicy"]!);
        Assert.All(resources.Apps.Values, app => Assert.Equal("8", BicepResources.SettingsOf(app)["Delivery__HourShards"]));
        Assert.All(resources.Apps.Values, app => Assert.Contains("Auth__SigningKeys__other", BicepResources.SettingsOf(app).Keys));
    }

    [Fact]
    public async Task Each_app_may_have_its_own_instances_and_its_own_artifact_and_a_change_of_one_leaves_the_others()
    {
        using var deployment = new BicepDeployment();
        // The compiler keeps what it has read.
        using var changed = new BicepDeployment();
        string file = changed.PathOf("presets/consumers.json");
        JsonNode plan = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        string[] names = [.. plan["apps"]!.AsArray().Select(app => (string)app!["name"]!)];
        string Artifacts(string first) => string.Join(',', names.Select((name, index) => $"{name}={(index == 0 ? first : $"app-{index}.zip")}"));
        BicepResources before = await bicep.EvaluateAsync(await deployment.ParametersAsync(("MCP_ARTIFACT", Artifacts("app-0.zip"))));
        plan["apps"]![0]!["instances"] = 5;
        await File.WriteAllTextAsync(file, plan.ToJsonString());

        BicepResources after = await bicep.EvaluateAsync(await changed.ParametersAsync(("MCP_ARTIFACT", Artifacts("app-new.zip"))));

        Assert.Equal([5, 2, 2, 2], names.Select(name => (int)after.Apps[name]["properties"]!["siteConfig"]!["minimumElasticInstanceCount"]!));
        Assert.All(
            names.Zip(["app-new.zip", "app-1.zip", "app-2.zip", "app-3.zip"]),
            each => Assert.Contains($"'{each.Second}'", BicepResources.SettingsOf(after.Apps[each.First])["WEBSITE_RUN_FROM_PACKAGE"], StringComparison.Ordinal));
        Assert.All(names[1..], name => Assert.Equal(before.Apps[name].ToJsonString(), after.Apps[name].ToJsonString()));
        Assert.NotEqual(before.Apps[names[0]].ToJsonString(), after.Apps[names[0]].ToJsonString());
    }

    [Fact]
    public async Task A_plan_with_a_Redis_trigger_on_Flex_Consumption_does_not_deploy()
    {
        using var deployment = new BicepDeployment();
        JsonNode plan = JsonNode.Parse(await File.ReadAllTextAsync(deployment.PathOf("presets/one.json")))!;
        plan["apps"]![0]!["hosting"] = "flex";
        await File.WriteAllTextAsync(deployment.PathOf("presets/one.json"), plan.ToJsonString());

        string parameters = await deployment.ParametersAsync(("MCP_PRESET", "one"));
        Exception problem = await Assert.ThrowsAsync<InvalidOperationException>(() => bicep.EvaluateAsync(parameters));

        Assert.Contains("App mcp has Redis triggers on Flex Consumption, where they do not run.", problem.Message, StringComparison.Ordinal);
    }

    // No key, no password and no plain connection opens anything.
    private static void AssertSafe(BicepResources resources)
    {
        JsonNode storage = Assert.Single(resources.Of("Microsoft.Storage/storageAccounts"))["properties"]!;
        Assert.Equal((false, false, true, "TLS1_2"), (
            (bool)storage["allowSharedKeyAccess"]!, (bool)storage["allowBlobPublicAccess"]!, (bool)storage["supportsHttpsTrafficOnly"]!, (string)storage["minimumTlsVersion"]!));
        JsonNode cluster = Assert.Single(resources.Of("Microsoft.Cache/redisEnterprise"))["properties"]!;
        Assert.Equal(("1.2", "Enabled"), ((string)cluster["minimumTlsVersion"]!, (string)cluster["highAvailability"]!));
        JsonNode database = Assert.Single(resources.Of("Microsoft.Cache/redisEnterprise/databases"))["properties"]!;
        Assert.Equal((10000, "Encrypted", "NoEviction", "Disabled"), (
            (int)database["port"]!, (string)database["clientProtocol"]!, (string)database["evictionPolicy"]!, (string)database["accessKeysAuthentication"]!));
        Assert.Single(resources.Of("Microsoft.Cache/redisEnterprise/databases/accessPolicyAssignments"));
        // The uploader's roles name it; the identity of the apps does not exist yet.
        Assert.Equal(s_roles, resources.Of("Microsoft.Authorization/roleAssignments").Select(role => role["properties"]!)
            .Where(role => ((string)role["principalId"]!).StartsWith('[')).Select(role => ((string)role["roleDefinitionId"]!).TrimEnd('\'', ')', ']')[^36..]).Order(StringComparer.Ordinal));
        Assert.True((bool)Assert.Single(resources.Of("Microsoft.Insights/components"))["properties"]!["DisableLocalAuth"]!);
        JsonNode vault = Assert.Single(resources.Of("Microsoft.KeyVault/vaults"))["properties"]!;
        Assert.Equal((true, true), ((bool)vault["enableRbacAuthorization"]!, (bool)vault["enablePurgeProtection"]!));
        string telemetry = File.ReadAllText(Repository.PathOf("docs", "telemetry.md"));
        string[] queries = [.. resources.Of("Microsoft.Insights/scheduledQueryRules").Select(rule => (string)rule["properties"]!["criteria"]!["allOf"]![0]!["query"]!)];
        Assert.Equal(3, queries.Length);
        Assert.All(queries, query => Assert.All(Quoted().Matches(query).Select(match => match.Groups[1].Value), name => Assert.Contains($"`{name}`", telemetry, StringComparison.Ordinal)));

        Assert.All([.. resources.Apps.Values, .. resources.Of("Microsoft.Web/sites/slots")], site =>
        {
            Assert.True((bool)site["properties"]!["httpsOnly"]!);
            Assert.Equal("1.2", (string)site["properties"]!["siteConfig"]!["minTlsVersion"]!);
            Dictionary<string, string> settings = BicepResources.SettingsOf(site);
            Assert.All(settings.Where(setting => setting.Key is "Auth__AdminPassword" || setting.Key.StartsWith("Auth__SigningKeys__", StringComparison.Ordinal)),
                setting => Assert.Contains("@Microsoft.KeyVault(SecretUri=", setting.Value, StringComparison.Ordinal));
            Assert.Contains($"Auth__SigningKeys__{settings["Auth__SigningKeyId"]}", settings.Keys);
            Assert.EndsWith(":{1}', reference('" + RedisId(resources) + "', '2025-07-01').hostName, 10000)]", settings["RedisConnection__redisHostName"], StringComparison.Ordinal);
            AssertKnown(settings.Keys);
        });
        Assert.All(resources.Apps.Values, site => Assert.Equal(2, resources.Of("Microsoft.Web/sites/basicPublishingCredentialsPolicies")
            .Count(each => ((string)each["name"]!).StartsWith($"{site["name"]}/", StringComparison.Ordinal) && !(bool)each["properties"]!["allow"]!)));
    }

    // Each host has an id of its own, a slot runs no trigger but HTTP, and a swap changes neither.
    private static void AssertIsolated(BicepResources resources, bool slots)
    {
        JsonNode[] sites = [.. resources.Apps.Values, .. resources.Of("Microsoft.Web/sites/slots")];
        string[] ids = [.. sites.Select(site => BicepResources.SettingsOf(site)["AzureFunctionsWebHost__hostid"])];
        Assert.Distinct(ids);
        Assert.All(ids, id => Assert.Matches("^(?=.{1,32}$)[a-z0-9]+(-[a-z0-9]+)*$", id));

        string[] background = [.. Functions().Where(each => (string)each!["trigger"]! != "http").Select(each => $"AzureWebJobs.{each!["name"]}.Disabled")];
        JsonNode[] withSlot = [.. resources.Apps.Values.Where(site => (string)site["tags"]!["mcp-hosting"]! != "flex")];
        Assert.True(!slots || withSlot.Length == resources.Apps.Count);
        Assert.All(withSlot, site =>
        {
            Assert.Equal("/api/" + HealthRoute(), (string)site["properties"]!["siteConfig"]!["healthCheckPath"]!);
            Assert.Equal("DOTNET-ISOLATED|10.0", (string)site["properties"]!["siteConfig"]!["linuxFxVersion"]!);
            Dictionary<string, string> staging = BicepResources.SettingsOf(resources.StagingOf(site)!);
            string[] sticky = resources.StickyOf(site);
            Assert.All(background, name => Assert.Equal("true", staging[name]));
            Assert.Empty(PairsOf(staging));
            Assert.Equal(background.Append("AzureFunctionsWebHost__hostid").Order(), sticky.Order());
            // The rest travels with the artifact, so it must be the same on both sides.
            Assert.Equal(
                BicepResources.SettingsOf(site).Where(setting => !sticky.Contains(setting.Key)).Order(new BySetting()),
                staging.Where(setting => !sticky.Contains(setting.Key)).Order(new BySetting()));
            // Health checks must find it in the slot as well.
            Assert.DoesNotContain("AzureWebJobs.GetHealth.Disabled", staging.Keys);
        });
    }

    private static void AssertKnown(IEnumerable<string> names)
    {
        string[] own = [.. names.Where(name => !s_platform.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))];
        Assert.All(own, name => Assert.Contains($"| `{RowOf(name)}` |", s_settings, StringComparison.Ordinal));
        Assert.All(
            s_functions["required"]!.AsArray().Select(name => ((string)name!).Replace("{id}", "", StringComparison.Ordinal)),
            required => Assert.Contains(own, name => name.StartsWith(required, StringComparison.Ordinal)));
    }

    // The parts of a connection by identity are those of the connection.
    private static string RowOf(string name) => name.Split("__") switch
    {
        ["Auth", "SigningKeys", _] => "Auth__SigningKeys__{id}",
        [nameof(ConnectionOptions.AzureWebJobsStorage) or nameof(ConnectionOptions.RedisConnection), ..] parts => parts[0],
        _ => name,
    };

    private static string RedisId(BicepResources resources) => (string)Assert.Single(resources.Of("Microsoft.Cache/redisEnterprise"))["id"]!;

    private static string HealthRoute() => (string)Functions().Single(each => (string)each!["name"]! == "GetHealth")!["route"]!;

    private static bool IsSwitch(string name) => name.StartsWith("AzureWebJobs.", StringComparison.Ordinal);

    private static JsonArray Functions() => s_functions["functions"]!.AsArray();

    private static IEnumerable<(string, string)> PairsOf(Dictionary<string, string> settings)
    {
        var pairs = new EnabledPairs(new ConfigurationBuilder().AddInMemoryCollection(settings.Select(each => KeyValuePair.Create(each.Key, (string?)each.Value))).Build());
        return Subscriptions.Consumers.SelectMany(consumer => pairs.TypesOf(consumer).Select(type => (consumer, type)));
    }

    private static IEnumerable<JsonObject> TemplatesIn(JsonNode? node) => node switch
    {
        JsonObject item => (item.ContainsKey("$schema") ? [item] : Enumerable.Empty<JsonObject>()).Concat(item.SelectMany(each => TemplatesIn(each.Value))),
        JsonArray list => list.SelectMany(TemplatesIn),
        _ => [],
    };

    [GeneratedRegex(@"listKeys|listAccountSas|listServiceSas|listSecrets|getSecret|list\(|newGuid", RegexOptions.IgnoreCase)]
    private static partial Regex SecretFunction();

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Quoted();

    private sealed class BySetting : IComparer<KeyValuePair<string, string>>
    {
        public int Compare(KeyValuePair<string, string> x, KeyValuePair<string, string> y) => string.CompareOrdinal(x.Key + x.Value, y.Key + y.Value);
    }
}
