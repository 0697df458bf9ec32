using McpFunctions.TestServers;
using Microsoft.Azure.Functions.Worker;

namespace McpFunctions.FunctionsHost.Tests.Worker;

public sealed class SurfaceTests
{
    /// <summary>
    /// What compiles against the stand-in has to compile against the official packages: it shows nothing that they lack.
    /// OfficialSurface.txt lists what they offer, as far as an app may use it.
    /// </summary>
    [Fact]
    public async Task The_worker_shows_the_official_types_and_members_and_no_others()
    {
        var official = await File.ReadAllLinesAsync(Repository.PathOf("tests", "FunctionsHost.Tests", "Worker", "OfficialSurface.txt"), TestContext.Current.CancellationToken);
        var shown = WithTheirTypes(PublicSurface.Of(typeof(FunctionAttribute).Assembly)).ToHashSet();
        var listed = WithTheirTypes(official).ToHashSet();

        string[] differences =
        [
            .. shown.Except(listed).Select(line => $"not official: {line}"),
            .. listed.Except(shown).Select(line => $"missing: {line}"),
        ];
        Assert.True(differences.Length == 0, string.Join(Environment.NewLine, differences));
    }

    private static IEnumerable<string> WithTheirTypes(IEnumerable<string> lines)
    {
        var type = "";
        foreach (var line in lines)
        {
            if (!line.StartsWith(' '))
            {
                type = line;
            }
            yield return line == type ? line : $"{type}: {line.Trim()}";
        }
    }
}
