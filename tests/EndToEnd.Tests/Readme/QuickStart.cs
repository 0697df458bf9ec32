using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>
/// Runs the commands of the README's quick start in bash, unchanged, one fenced block after the other, in a folder that
/// contains only the README. It replaces only the values of variables that the README sets itself.
/// </summary>
public sealed partial class QuickStart : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Queue<string> _blocks;

    public QuickStart(params (string Variable, string Value)[] replacements)
    {
        var readme = File.ReadAllText(Repository.PathOf("README.md"));
        File.WriteAllText(Path.Combine(_folder.Path, "README.md"), readme);
        var section = readme[readme.IndexOf("\n## Quick start\n", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 1, StringComparison.Ordinal)];
        foreach (var (variable, value) in replacements)
        {
            var assignment = new Regex($"^{variable}=.*$", RegexOptions.Multiline);
            Assert.Single(assignment.Matches(section));
            section = assignment.Replace(section, $"{variable}={value}");
        }
        _blocks = new Queue<string>(BashBlock().Matches(section).Select(match => match.Groups["commands"].Value));
    }

    public int BlocksLeft => _blocks.Count;

    public IEnumerable<string> Files => Directory.EnumerateFiles(_folder.Path).Select(Path.GetFileName).Where(name => name != "variables")!;

    /// <summary>Runs the next block and returns what it printed.</summary>
    public Task<string> RunNextAsync() => RunAsync(_blocks.Dequeue());

    /// <summary>Repeats the next block, which only reads, until its output is accepted: effects of events follow a moment later.</summary>
    public Task<string> RunNextUntilAsync(Func<string, bool> accept)
    {
        var block = _blocks.Dequeue();
        return Eventually.GetAsync(() => RunAsync(block), accept);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<string> RunAsync(string commands)
    {
        // The variables pass from block to block as in one shell.
        var script = $"""
            set -euo pipefail
            [ ! -f variables ] || . ./variables
            set -o allexport
            {commands}
            export -p > variables
            """;
        await using var bash = await ChildProcess.StartAsync("bash", ["-c", script], workingDirectory: _folder.Path, name: "the README's quick start");
        var exitCode = await bash.WaitForExitAsync();
        return exitCode == 0
            ? string.Join('\n', bash.Output)
            : throw new ChildProcessException($"These commands of the README ended with exit code {exitCode}:\n{commands}", bash.Output);
    }

    [GeneratedRegex(@"^```bash\n(?<commands>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BashBlock();
}
