using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Run;

/// <summary>The gateway consists only of reviewed packages and images.</summary>
public sealed partial class SupplyChainTests
{
    private static readonly string[] s_folders = ["src", "local", "tests", "benchmarks"];

    [Fact]
    public void Every_project_locks_its_packages_by_content()
    {
        string[] projects =
        [
            .. s_folders
                .SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*.csproj", SearchOption.AllDirectories))
                // Skip generated projects, the probe that only checks whether a package is available, and the dashboard, which is downloaded and not referenced.
                .Where(project => !project.Split(Path.DirectorySeparatorChar).Contains("obj")
                    && Path.GetFileName(project) is not ("RedisProbe.csproj" or "Dashboard.csproj")),
        ];
        Assert.True(projects.Length > 8, $"{projects.Length} projects");

        Assert.All(projects, project =>
        {
            var file = Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(project)!, "packages*.lock.json"));
            var text = File.ReadAllText(file);
            var packages = JsonNode.Parse(text)!["dependencies"]!.AsObject().SelectMany(framework => framework.Value!.AsObject())
                .Where(package => (string?)package.Value!["type"] != "Project");
            Assert.All(packages, package => Assert.Equal(64, Convert.FromBase64String((string)package.Value!["contentHash"]!).Length));
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Images_are_pinned_by_digest()
    {
        var images = File.ReadLines(Repository.PathOf("compose.yaml")).Where(line => line.TrimStart().StartsWith("image:", StringComparison.Ordinal)).ToArray();

        Assert.Equal(2, images.Length);
        Assert.All(images, image => Assert.Matches(Pinned(), image));
    }

    [GeneratedRegex("image: [^ @]+:[0-9][^ @]+@sha256:[0-9a-f]{64}$")]
    private static partial Regex Pinned();
}
