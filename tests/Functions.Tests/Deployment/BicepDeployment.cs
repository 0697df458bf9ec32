using System.Reflection;
using System.Text.Json.Nodes;
using McpFunctions.TestServers;

namespace McpFunctions.Functions.Tests.Deployment;

/// <summary>A copy of deploy/, which <c>bicep snapshot</c> evaluates: all resources with their values, without Azure and without a network.</summary>
internal sealed class BicepDeployment : IDisposable
{
    private const string Anywhere = "00000000-0000-0000-0000-000000000001";

    // Without them, half of its time goes into compiling itself.
    private static readonly Dictionary<string, string> s_shortLived = new() { ["DOTNET_TieredPGO"] = "0", ["DOTNET_TC_CallCountThreshold"] = "1000", ["DOTNET_gcConcurrent"] = "0" };

    private readonly TemporaryFolder _folder = new();

    public BicepDeployment()
    {
        Directory.CreateDirectory(PathOf("presets"));
        File.Copy(Repository.PathOf("deploy", "functions.json"), Path.Combine(_folder.Path, "functions.json"));
        string source = Repository.PathOf("deploy", "bicep");
        foreach (string file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, PathOf(Path.GetRelativePath(source, file)));
        }
    }

    public string PathOf(string file) => Path.Combine(_folder.Path, "bicep", file);

    /// <summary>Fails unless the command ends without an error and without a warning.</summary>
    public static async Task<string> RunAsync(IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        string program = typeof(BicepDeployment).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(each => each.Key == "Bicep").Value!;
        (int code, string output, string errors) =
            await CommandLine.RunAsync(program, arguments, s_shortLived.Concat(environment ?? new Dictionary<string, string>()).ToDictionary());
        Assert.True(code == 0 && errors.Length == 0, errors);
        return output;
    }

    public async Task<BicepResources> EvaluateAsync(string parameters, params (string Name, string Value)[] environment)
    {
        await RunAsync(
            ["snapshot", PathOf(parameters), "--subscription-id", Anywhere, "--tenant-id", Anywhere, "--location", "westeurope", "--deployment-name", "test"],
            environment.ToDictionary(each => each.Name, each => each.Value));
        JsonNode snapshot = JsonNode.Parse(await File.ReadAllTextAsync(PathOf(Path.ChangeExtension(parameters, ".snapshot.json"))))!;
        Assert.Empty(snapshot["diagnostics"]!.AsArray());
        return new BicepResources(snapshot);
    }

    public void Dispose() => _folder.Dispose();
}
