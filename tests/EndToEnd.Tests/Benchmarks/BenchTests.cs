using System.Text.Json;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Benchmarks;

/// <summary>
/// What ./bench measures can still be measured. No test looks at a time. A smoke test leaves out: the state before, which needs a build of an old
/// commit; a gateway with settings of its own, except for the two instances; uploads of 50 MB; the discarded round of starts, and starts of more than
/// the gateway that the other cases use.
/// </summary>
public sealed class BenchTests
{
    private static readonly TimeSpan s_deadline = TimeSpan.FromMinutes(40);

    [Fact]
    public async Task Every_case_of_the_benchmark_runs_and_has_values()
    {
        var cases = (await RunAsync("--list")).Output.Select(line => line.Split(' ')[0]).ToArray();

        var (exitCode, output) = await RunAsync("--smoke", "--json");

        Assert.True(exitCode == 0, string.Join('\n', output));
        using var report = JsonDocument.Parse(string.Join('\n', output.Where(line => !line.StartsWith("...", StringComparison.Ordinal))));
        var measured = report.RootElement.Items("cases");
        Assert.Equal(cases, measured.Select(each => each.Text("case")));
        Assert.All(measured, each => Assert.NotEmpty(each.Items("rows")));
        Assert.All(measured.SelectMany(each => each.Items("rows")), row =>
        {
            Assert.NotEmpty(row.Items("values"));
            Assert.All(row.Items("values"), value => Assert.True(value.ValueKind == JsonValueKind.Number, $"{row}"));
        });
        var contenders = measured.SelectMany(each => each.Items("rows")).Select(row => row.Text("contender")).ToHashSet();
        Assert.Superset(
            new HashSet<string> { "gateway", "one instance", "two instances", "BullMQ", "BullMQ, rows grouped", "empty functions", "record's bus", "raw Redis", "raw storage" },
            contenders!);
        Assert.DoesNotContain("state before", contenders);
    }

    [Fact]
    public async Task A_case_that_is_not_there_is_refused_with_the_names_of_those_that_are()
    {
        var (exitCode, output) = await RunAsync("no-such-case");

        Assert.Equal(64, exitCode);
        Assert.Contains("there is no case 'no-such-case'; the cases are burst, ", Assert.Single(output), StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, IReadOnlyList<string> Output)> RunAsync(params string[] arguments)
    {
        await using var bench = await ChildProcess.StartAsync("dotnet", ["exec", AppOutput.BenchAssembly, .. arguments], name: "the benchmark");
        var exitCode = await bench.WaitForExitAsync(s_deadline);
        return (exitCode, bench.Output);
    }
}
