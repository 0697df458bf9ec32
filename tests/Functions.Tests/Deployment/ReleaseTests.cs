using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary><c>deploy/release</c> with an Azure CLI that only writes down what it is asked.</summary>
public sealed partial class ReleaseTests : IDisposable
{
    // The responses of a deployment with an app in a slot, one without a slot, and one on Flex Consumption.
    private const string Azure = """
        #!/usr/bin/env bash
        echo "$*" >>"$CALLS"
        case "$*" in
        "functionapp list "*rg-empty*) ;;
        "functionapp list "*) printf 'mcp-http-x\tmcp-http\tflex\nmcp-audit-x\tmcp-audit\tpremium\nmcp-rest-x\tmcp-rest\tdedicated\n' ;;
        "functionapp config appsettings list "*mcp-http-x*WEBSITE_RUN_FROM_PACKAGE*) ;;
        "functionapp config appsettings list "*WEBSITE_RUN_FROM_PACKAGE*) echo "https://st.blob/artifacts/${RUNS:-mcpfunctions-0.zip}" ;;
        "functionapp config appsettings list "*) printf 'admin\n@Microsoft.KeyVault(SecretUri=https://kv.vault/secrets/admin-password)\n@Microsoft.KeyVault(SecretUri=https://kv.vault/secrets/signing-key-first)\n' ;;
        "functionapp deployment slot list "*mcp-audit-x*) echo staging ;;
        "functionapp identity show "*) echo /identity ;;
        "functionapp show "*"--slot staging"*) echo slot.example ;;
        "functionapp show "*) echo "${6}.example" ;;
        "storage account list "*) echo st ;;
        "storage account show "*) echo https://st.blob/ ;;
        "storage blob exists "*) echo "${EXISTS:-false}" ;;
        "keyvault list "*) echo kv ;;
        "keyvault secret show "*signing-key-first*) exit 0 ;;
        "keyvault secret show "*) exit 3 ;;
        "keyvault secret set "*) cp "${9}" "$CALLS.secret" ;;
        esac
        """;

    private const string Curl = """
        #!/usr/bin/env bash
        echo "GET ${!#}" >>"$CALLS"
        [ "${!#}" != "${UNHEALTHY:-}" ]
        """;

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Each_app_gets_the_artifact_in_its_slot_and_is_swapped_when_the_slot_is_healthy()
    {
        (int code, string output, string errors) = await RunAsync(["--resource-group", "rg-mcp", "--version", "1"]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(
            [
                "storage blob upload --auth-mode login --account-name st --container-name artifacts --name mcpfunctions-1-4a70fe9a.zip --file ARTIFACT --output none",
                "functionapp deployment source config-zip --resource-group rg-mcp --name mcp-http-x --src ARTIFACT --output none",
                "GET https://mcp-http-x.example/api/health",
                "functionapp config appsettings set --resource-group rg-mcp --name mcp-audit-x --slot staging --output none --settings WEBSITE_RUN_FROM_PACKAGE=https://st.blob/artifacts/mcpfunctions-1-4a70fe9a.zip WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID=/identity",
                "GET https://slot.example/api/health",
                "functionapp deployment slot swap --resource-group rg-mcp --name mcp-audit-x --slot staging --output none",
                "GET https://mcp-audit-x.example/api/health",
                "functionapp config appsettings set --resource-group rg-mcp --name mcp-rest-x --output none --settings WEBSITE_RUN_FROM_PACKAGE=https://st.blob/artifacts/mcpfunctions-1-4a70fe9a.zip WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID=/identity",
                "GET https://mcp-rest-x.example/api/health",
            ],
            Calls().Where(call => call.Contains(" upload ", StringComparison.Ordinal) || call.Contains(" set --resource", StringComparison.Ordinal) || call.Contains("config-zip", StringComparison.Ordinal)
                || call.Contains(" swap ", StringComparison.Ordinal) || call.StartsWith("GET ", StringComparison.Ordinal)));
        Assert.EndsWith("mcpfunctions-1-4a70fe9a.zip runs in mcp-http-x mcp-audit-x mcp-rest-x.\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_slot_that_is_not_healthy_stops_the_release_before_the_swap()
    {
        (int code, _, string errors) = await RunAsync(["--resource-group", "rg-mcp", "--version", "1"], ("UNHEALTHY", "https://slot.example/api/health"));

        Assert.Equal(1, code);
        Assert.Contains("https://slot.example/api/health is not healthy. Production runs what it ran before. docs/operations.md", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Calls(), call => call.Contains(" swap ", StringComparison.Ordinal) || call.Contains("mcp-rest-x --output none --settings", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_that_the_vault_lacks_are_made_and_appear_in_no_command_and_no_output()
    {
        (int code, string output, string errors) = await RunAsync(["--resource-group", "rg-mcp", "--version", "1", "--app", "mcp-audit"]);

        Assert.Equal((0, ""), (code, errors));
        string secret = await File.ReadAllTextAsync(CallsFile + ".secret");
        Assert.Equal(48, Convert.FromBase64String(secret).Length);
        Assert.Equal(["keyvault secret set --vault-name kv --name admin-password --file FOLDER/secret --encoding utf-8 --output none"], Calls().Where(call => call.StartsWith("keyvault secret set", StringComparison.Ordinal)));
        Assert.DoesNotContain(secret, output + string.Join('\n', Calls()), StringComparison.Ordinal);
        Assert.Contains("The vault kv has the new secret admin-password.\n", output, StringComparison.Ordinal);
        // Only the app that was asked for.
        Assert.DoesNotContain(Calls(), call => call.Contains("mcp-http-x", StringComparison.Ordinal) || call.Contains("mcp-rest-x", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_version_is_uploaded_once_and_the_current_one_is_told()
    {
        Assert.Equal(0, (await RunAsync(["--resource-group", "rg-mcp", "--version", "1"], ("EXISTS", "true"))).Code);
        Assert.DoesNotContain(Calls(), call => call.Contains(" upload ", StringComparison.Ordinal));

        Assert.Equal((0, "mcp-audit=mcpfunctions-0.zip,mcp-rest=mcpfunctions-0.zip\n", ""), await RunAsync(["--resource-group", "rg-mcp", "--current"]));
    }

    [Fact]
    public async Task An_app_that_runs_the_artifact_keeps_the_earlier_one_in_its_slot()
    {
        (int code, string output, string errors) = await RunAsync(["--resource-group", "rg-mcp", "--version", "1", "--app", "mcp-audit"], ("RUNS", "mcpfunctions-1-4a70fe9a.zip"));

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("mcp-audit-x runs mcpfunctions-1-4a70fe9a.zip already.\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain(Calls(), call => call.Contains(" swap ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_group_without_apps_has_no_current_artifact_and_takes_none()
    {
        Assert.Equal((0, "\n", ""), await RunAsync(["--resource-group", "rg-empty", "--current"]));

        (int code, _, string errors) = await RunAsync(["--resource-group", "rg-empty", "--version", "1"]);
        Assert.Equal((1, "deploy/release: resource group rg-empty has no such app: deploy deploy/bicep first (docs/deployment.md).\n"), (code, errors));
    }

    [Theory]
    [InlineData("--resource-group is missing")]
    [InlineData("unknown option '--wrong'", "--wrong")]
    [InlineData("--version needs a value", "--resource-group", "rg", "--version")]
    public async Task A_wrong_option_is_explained(string message, params string[] arguments)
    {
        (int code, _, string errors) = await CommandLine.RunAsync(Repository.PathOf("deploy", "release"), arguments);

        Assert.Equal((64, $"deploy/release: {message} (deploy/release --help lists the options).\n"), (code, errors));
    }

    public void Dispose() => _folder.Dispose();

    private string CallsFile => Path.Combine(_folder.Path, "calls");

    private string[] Calls() =>
    [
        .. File.ReadLines(CallsFile).Select(call => SecretFile().Replace(
            call.Replace(Path.Combine(_folder.Path, "app.zip"), "ARTIFACT", StringComparison.Ordinal), "--file FOLDER/secret ")),
    ];

    private async Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments, params (string Name, string Value)[] environment)
    {
        await WriteAsync("az", Azure);
        await WriteAsync("curl", Curl);
        string artifact = Path.Combine(_folder.Path, "app.zip");
        await File.WriteAllTextAsync(artifact, "zip");
        return await CommandLine.RunAsync(
            Repository.PathOf("deploy", "release"),
            [.. arguments, "--artifact", artifact],
            environment.Append(("CALLS", CallsFile)).Append(("PATH", $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}")).ToDictionary(each => each.Item1, each => each.Item2));
    }

    private async Task WriteAsync(string name, string script)
    {
        string file = Path.Combine(_folder.Path, name);
        await File.WriteAllTextAsync(file, script.ReplaceLineEndings("\n") + "\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [GeneratedRegex("--file [^ ]*/secret ")]
    private static partial Regex SecretFile();
}
