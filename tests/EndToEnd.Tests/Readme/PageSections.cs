using System.Text.RegularExpressions;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Readme;

/// <summary>
/// Runs the commands of a page's sections in bash, unchanged, one fenced block after the other, in a folder of their own. It replaces
/// only the values of variables that the page sets itself.
/// </summary>
public sealed partial class PageSections : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Queue<string> _blocks;
    private readonly string _page;

    public PageSections(string page, string[] headings, params (string Variable, string Value)[] replacements)
    {
        _page = page;
        var text = File.ReadAllText(Repository.PathOf(page.Split('/')));
        var sections = string.Concat(headings.Select(heading =>
        {
            var section = text[text.IndexOf($"\n## {heading}\n", StringComparison.Ordinal)..];
            var end = section.IndexOf("\n## ", 1, StringComparison.Ordinal);
            return end < 0 ? section : section[..end];
        }));
        foreach (var (variable, value) in replacements)
        {
            var assignment = new Regex($"^{variable}=.*$", RegexOptions.Multiline);
            Assert.Single(assignment.Matches(sections));
            sections = assignment.Replace(sections, $"{variable}={value}");
        }
        _blocks = new Queue<string>(BashBlock().Matches(sections).Select(match => match.Groups["commands"].Value));
    }

    public int BlocksLeft => _blocks.Count;

    /// <summary>The folder in which the commands run.</summary>
    public string Folder => _folder.Path;

    public IEnumerable<string> Files => Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Where(name => name != "variables")!;

    /// <summary>Puts a program before those of the machine.</summary>
    public async Task AddProgramAsync(string name, string script)
    {
        var programs = Directory.CreateDirectory(Path.Combine(Folder, "programs")).FullName;
        var file = Path.Combine(programs, name);
        await File.WriteAllTextAsync(file, $"#!/usr/bin/env bash\n{script.ReplaceLineEndings("\n")}\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

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
            [[ $PATH == "$PWD/programs:"* ]] || PATH=$PWD/programs:$PATH
            set -o allexport
            {commands}
            export -p > variables
            """;
        await using var bash = await ChildProcess.StartAsync("bash", ["-c", script], workingDirectory: Folder, name: $"the commands of {_page}");
        var exitCode = await bash.WaitForExitAsync();
        return exitCode == 0
            ? string.Join('\n', bash.Output)
            : throw new ChildProcessException($"These commands of {_page} ended with exit code {exitCode}:\n{commands}", bash.Output);
    }

    [GeneratedRegex(@"^```bash\n(?<commands>.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BashBlock();
}
