using System.Globalization;
using System.Reflection;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpFunctions.Domain.Delivery;
using McpFunctions.Functions.Tests.Documentation;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>The container, Kubernetes and the workflow cannot run in a test. Linters read their files, and their facts are those of the code.</summary>
public sealed partial class ContainerTests
{
    // In the order of Azurite's ports.
    private static readonly string[] s_endpoints = ["BlobEndpoint", "QueueEndpoint", "TableEndpoint"];

    private static readonly Lazy<Task<JsonNode>> s_lint = new(LintAsync);

    private static string Dockerfile => File.ReadAllText(Repository.PathOf("deploy", "container", "Dockerfile"));

    [Fact]
    public async Task The_linters_find_nothing() =>
        Assert.Equal([], (await s_lint.Value)["problems"]!.AsArray().Select(problem => (string)problem!));

    [Fact]
    public async Task The_manifest_is_that_of_the_code()
    {
        string path = Repository.PathOf("deploy", "container", "keda.yaml");
        if (Environment.GetEnvironmentVariable(DocumentTests.Renew) == "1")
        {
            await File.WriteAllTextAsync(path, KedaFile.Create());
        }

        Assert.True(
            File.Exists(path) && await File.ReadAllTextAsync(path) == KedaFile.Create(),
            $"deploy/container/keda.yaml is out of date. Renew it with {DocumentTests.Renew}=1 ./test --filter FullyQualifiedName~ContainerTests, check the difference, and commit it.");
    }

    [Fact]
    public async Task The_manifest_has_an_app_for_each_of_the_plan_and_scales_each_by_the_lag_of_its_pairs()
    {
        JsonNode[] manifests = [.. (await DocumentsAsync("deploy/container/keda.yaml")).Select(each => each!)];
        (_, string plan, _) = await CommandLine.RunAsync(Repository.PathOf("deploy", "plan"), ["--preset", "consumers", "--name", KedaFile.Prefix, "--hosting", "container", "--json"]);
        string[] apps = [.. JsonNode.Parse(plan)!["apps"]!.AsArray().Select(app => (string)app!["name"]!)];

        Assert.Equal(apps, Named("Deployment"));
        Assert.Equal(apps, Named("ScaledObject"));
        Assert.All(Of("Deployment"), deployment =>
        {
            JsonNode container = deployment["spec"]!["template"]!["spec"]!["containers"]![0]!;
            Assert.Equal([(string)deployment["metadata"]!["name"]!], container["envFrom"]!.AsArray().Select(each => (string?)each!["configMapRef"]?["name"]).OfType<string>());
            Assert.Equal(ExposedPort(), (int)container["ports"]![0]!["containerPort"]!);
            // /api/health tells about what all pods share: as a probe, an outage of Redis would end them all.
            Assert.DoesNotContain("httpGet", container.ToJsonString(), StringComparison.Ordinal);
            Assert.Equal($"mcpfunctions:{ProductVersion()}", (string)container["image"]!);
        });
        // Nothing wakes a pod when a message comes: Redis drops messages that nobody listens for.
        Assert.All(Of("ScaledObject"), each => Assert.True((int)each["spec"]!["minReplicaCount"]! >= 1));
        Assert.Equal(
            Subscriptions.Consumers.SelectMany(consumer => Subscriptions.TypesOf(consumer).Select(type => ($"{{events}}:journal:{type}", consumer))).Order(),
            Of("ScaledObject").SelectMany(each => each["spec"]!["triggers"]!.AsArray()).Where(trigger => (string)trigger!["type"]! == "redis-streams")
                .Select(trigger => ((string)trigger!["metadata"]!["stream"]!, (string)trigger["metadata"]!["consumerGroup"]!)).Order());

        IEnumerable<JsonNode> Of(string kind) => manifests.Where(each => (string)each["kind"]! == kind);
        IEnumerable<string> Named(string kind) => Of(kind).Select(each => (string)each["metadata"]!["name"]!);
    }

    [Fact]
    public void The_image_runs_the_app_on_the_host_for_its_framework()
    {
        // ".NETCoreApp,Version=v10.0"
        string version = typeof(GatewayServices).Assembly.GetCustomAttribute<TargetFrameworkAttribute>()!.FrameworkName.Split("=v")[1];

        Assert.Equal(
            [$"mcr.microsoft.com/dotnet/sdk:{version}", $"mcr.microsoft.com/azure-functions/dotnet-isolated:4-dotnet-isolated{version}"],
            BaseImage().Matches(Dockerfile).Select(match => match.Groups[1].Value));
        Assert.Contains("COPY --from=build /app /home/site/wwwroot", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("AzureWebJobsScriptRoot=/home/site/wwwroot", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("--output /app ", Dockerfile, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_image_is_built_from_exists()
    {
        string[] kept = [.. File.ReadLines(Repository.PathOf("deploy", "container", "Dockerfile.dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..])];

        Assert.All(kept, pattern => Assert.True(
            pattern.EndsWith('*') ? Directory.EnumerateFiles(Repository.Root, pattern).Any() : Path.Exists(Repository.PathOf(pattern)), pattern));
        // Each project and each file at the root that the build of the app reads.
        string[] projects = [.. ProjectReference().Matches(
            File.ReadAllText(Repository.PathOf("src", "Functions", "Functions.csproj")) + File.ReadAllText(Repository.PathOf("local", "build", "FunctionApp.targets"))
            + File.ReadAllText(Repository.PathOf("local", "FunctionsHost", "FunctionsHost.csproj"))).Select(match => match.Groups[1].Value)];
        Assert.Equal(["Domain", "FunctionsProtocol", "RedisExtension"], projects.Order().Distinct());
        Assert.Superset(new HashSet<string>(["src", "local/build", "local/FunctionsHost", "local/FunctionsProtocol", "local/RedisExtension"]), kept.ToHashSet());
    }

    [Fact]
    public async Task The_app_of_compose_finds_redis_and_azurite_and_starts_only_with_its_profile()
    {
        JsonNode services = (await DocumentsAsync("compose.yaml"))[0]!["services"]!;
        JsonNode app = services["app"]!;
        JsonObject sample = JsonNode.Parse(await File.ReadAllTextAsync(Repository.PathOf("local.settings.sample.json")))!["Values"]!.AsObject();
        JsonObject environment = app["environment"]!.AsObject();

        Assert.Equal(["app"], services.AsObject().Where(service => service.Value!["profiles"] is not null).Select(service => service.Key));
        Assert.Equal([$"127.0.0.1:7071:{ExposedPort()}"], Texts(app["ports"]!));
        Assert.Equal("deploy/container/Dockerfile", (string)app["build"]!["dockerfile"]!);
        // The same values as everywhere on a developer's machine, but for the addresses. FUNCTIONS_WORKER_RUNTIME is in the image.
        string[] addresses = ["AzureWebJobsStorage", "RedisConnection"];
        Assert.Equal(sample.Select(each => each.Key).Except(["FUNCTIONS_WORKER_RUNTIME"]).Append("AZURE_FUNCTIONS_ENVIRONMENT").Order(), environment.Select(each => each.Key).Order());
        Assert.All(sample.Where(each => environment.ContainsKey(each.Key) && !addresses.Contains(each.Key)), each => Assert.Equal((string)each.Value!, (string)environment[each.Key]!));
        Assert.Contains("FUNCTIONS_WORKER_RUNTIME=dotnet-isolated", Dockerfile, StringComparison.Ordinal);
        // The app refuses the sample's password elsewhere.
        Assert.Equal("Development", (string)environment["AZURE_FUNCTIONS_ENVIRONMENT"]!);

        string inside = Texts(services["redis"]!["ports"]!).Single().Split(':')[^1];
        Assert.StartsWith($"redis:{inside},", (string)environment["RedisConnection"]!, StringComparison.Ordinal);
        Dictionary<string, string> storage = ((string)environment["AzureWebJobsStorage"]!).TrimEnd(';').Split(';').Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        Assert.Equal(
            Texts(services["azurite"]!["ports"]!).Select(port => $"http://azurite:{port.Split(':')[^1]}/devstoreaccount1"),
            s_endpoints.Select(name => storage[name]));
        // The emulator's published key, as in ./run.
        Assert.Contains($"key={storage["AccountKey"]}", await File.ReadAllTextAsync(Repository.PathOf("run")), StringComparison.Ordinal);
        Assert.Contains("GET /api/health ", Texts(app["healthcheck"]!["test"]!).Last(), StringComparison.Ordinal);
        Assert.Equal(["azurite", "redis"], app["depends_on"]!.AsObject().Select(each => each.Key).Order());
    }

    [Fact]
    public async Task The_workflow_and_azd_give_the_template_the_variables_that_it_reads_and_no_secret()
    {
        string workflow = await File.ReadAllTextAsync(Repository.PathOf(".github", "workflows", "deploy.yml"));
        string[] read = [.. Variable().Matches(await File.ReadAllTextAsync(Repository.PathOf("deploy", "bicep", "main.bicepparam"))).Select(match => match.Groups[1].Value)];
        JsonNode jobs = (await DocumentsAsync(".github/workflows/deploy.yml"))[0]!["jobs"]!;

        Assert.Equal(["deploy", "publish", "test"], jobs.AsObject().Select(job => job.Key).Order());
        Assert.Equal(["test", "publish"], Texts(jobs["deploy"]!["needs"]!));
        // All but the artifact that runs, which only Azure knows.
        Assert.Equal(read.Except(["MCP_ARTIFACT"]).Order(), jobs["deploy"]!["env"]!.AsObject().Select(each => each.Key).Order());
        string page = await File.ReadAllTextAsync(Repository.PathOf("docs", "deployment.md"));
        Assert.All(read, name => Assert.Contains($"`{name}`", page, StringComparison.Ordinal));
        Assert.All(PageVariable().Matches(page).Select(match => match.Groups[1].Value), name => Assert.Contains(name, read));
        Assert.Contains("export MCP_ARTIFACT", workflow, StringComparison.Ordinal);
        Assert.DoesNotContain("secrets.", workflow, StringComparison.Ordinal);
        Assert.Equal("write", (string)jobs["deploy"]!["permissions"]!["id-token"]!);
        Assert.All(jobs.AsObject().Where(job => job.Key != "deploy"), job => Assert.Null(job.Value!["permissions"]));
        Assert.Contains("bash .ci/run", workflow, StringComparison.Ordinal);

        JsonNode azd = (await DocumentsAsync("deploy/azure.yaml"))[0]!;
        Assert.True(File.Exists(Repository.PathOf("deploy", (string)azd["infra"]!["path"]!, $"{azd["infra"]!["module"]}.bicep")));
        string hook = (string)azd["hooks"]!["postprovision"]!["run"]!;
        Assert.All(ReleaseOption().Matches(workflow + hook).Select(match => match.Value), option => Assert.Contains(option, File.ReadAllText(Repository.PathOf("deploy", "release")), StringComparison.Ordinal));
        Assert.Contains("azd env set MCP_ARTIFACT", hook, StringComparison.Ordinal);
        Assert.Contains("output AZURE_RESOURCE_GROUP ", await File.ReadAllTextAsync(Repository.PathOf("deploy", "bicep", "main.bicep")), StringComparison.Ordinal);
    }

    private static async Task<JsonNode> LintAsync()
    {
        await Prerequisites.EnsureAsync();
        (int code, string output, string errors) = await CommandLine.RunAsync("node", [Repository.PathOf("tests", "Functions.Tests", "Deployment", "Linters", "lint.mjs"), Repository.Root]);
        Assert.True(code == 0, errors);
        return JsonNode.Parse(output)!;
    }

    private static async Task<JsonArray> DocumentsAsync(string file) => (await s_lint.Value)["documents"]![file]!.AsArray();

    private static string[] Texts(JsonNode list) => [.. list.AsArray().Select(each => (string)each!)];

    private static int ExposedPort() => int.Parse(Exposed().Match(Dockerfile).Groups[1].Value, CultureInfo.InvariantCulture);

    private static string ProductVersion() => typeof(GatewayServices).Assembly.GetName().Version!.ToString(3);

    [GeneratedRegex("^FROM ([^ \n]+)", RegexOptions.Multiline)]
    private static partial Regex BaseImage();

    [GeneratedRegex("^EXPOSE ([0-9]+)$", RegexOptions.Multiline)]
    private static partial Regex Exposed();

    [GeneratedRegex(@"readEnvironmentVariable\('([A-Z_]+)'")]
    private static partial Regex Variable();

    [GeneratedRegex("`(MCP_[A-Z_]+)`")]
    private static partial Regex PageVariable();

    [GeneratedRegex("(?<=release .*)--[a-z-]+")]
    private static partial Regex ReleaseOption();

    [GeneratedRegex("""<ProjectReference Include="[^"]*?([A-Za-z]+)\.csproj""")]
    private static partial Regex ProjectReference();
}
