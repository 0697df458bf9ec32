using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Security;

public sealed partial class ThreatModelTests
{
    [Fact]
    public void Every_test_that_the_threat_model_names_is_there()
    {
        var model = File.ReadAllText(Repository.PathOf("docs", "security.md"));
        var tests = Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .ToLookup(file => Path.GetFileNameWithoutExtension(file), File.ReadAllText);

        // `Folder.Class`, `Folder.Class.Test_name`, a name cut short with '…', and `…Test_name` of the class before it.
        var named = Named().Matches(model);
        Assert.True(named.Count > 40, "The pattern finds too few tests in the model, so the pattern is wrong.");
        var ofClass = "";
        Assert.All(named, match =>
        {
            ofClass = match.Groups["class"].Success ? match.Groups["class"].Value : ofClass;
            Assert.True(tests[ofClass].Any(), $"There is no test class {ofClass}.");
            if (match.Groups["test"].Success)
            {
                Assert.Contains(tests[ofClass], text => text.Contains($" {match.Groups["test"].Value}", StringComparison.Ordinal));
            }
        });
    }

    [GeneratedRegex(@"`(?:(?:\w+\.)?(?<class>\w+Tests)\.?(?<test>[A-Z]\w+)?|…(?<test>[A-Z]\w+))…?`")]
    private static partial Regex Named();
}
