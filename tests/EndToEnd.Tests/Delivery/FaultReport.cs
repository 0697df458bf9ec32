using System.Globalization;
using McpFunctions.TestServers;

namespace McpFunctions.EndToEnd.Tests.Delivery;

/// <summary>Writes the results of all faults of a run as a table to <c>TestResults/faults.md</c>.</summary>
internal static class FaultReport
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<string, Line> s_lines = [];

    /// <summary>Adds a round to the line of its fault, and writes the table.</summary>
    public static void Add(string fault, int events, int lost, int surplus, TimeSpan catchUp)
    {
        lock (s_lock)
        {
            var line = s_lines.GetValueOrDefault(fault, new Line(0, 0, 0, 0, TimeSpan.Zero));
            s_lines[fault] = new Line(
                line.Rounds + 1, line.Events + events, line.Lost + lost, line.Surplus + surplus, catchUp > line.CatchUp ? catchUp : line.CatchUp);
            var folder = Directory.CreateDirectory(Repository.PathOf("TestResults"));
            File.WriteAllLines(Path.Combine(folder.FullName, "faults.md"),
            [
                "| fault | rounds | events | lost | duplicate effects | longest catch-up |",
                "|---|---|---|---|---|---|",
                .. s_lines.Select(each => string.Create(
                    CultureInfo.InvariantCulture,
                    $"| {each.Key} | {each.Value.Rounds} | {each.Value.Events} | {each.Value.Lost} | {each.Value.Surplus} | {each.Value.CatchUp.TotalSeconds:0.0} s |")),
            ]);
        }
    }

    private sealed record Line(int Rounds, int Events, int Lost, int Surplus, TimeSpan CatchUp);
}
