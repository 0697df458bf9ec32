using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpFunctions.Bench.Measuring;

/// <summary>Prints what was measured.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        // What was divided by zero must not hide the other cases.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static void PrintHead(Machine machine, BenchSize size)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"""
            {machine.Processor}, {machine.Cores} cores, {machine.MemoryGigabytes:0} GB; {machine.OperatingSystem}
            {machine.Runtime}, Node {machine.Node}, Redis {machine.Redis}; commit {machine.Commit}; load average {Machine.LoadAverage:0.0}
            Ratios are the gateway's value divided by the peer's in the same round: median (least to greatest).
            """));
        if (size != BenchSize.Full)
        {
            Console.WriteLine($"--{size.ToString().ToLowerInvariant()}: fewer events, fewer rounds and shared servers. The bounds are those of the full run.");
        }
    }

    public static void Print(CaseResult result)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"\n{result.Case}: {result.Title}\n    {result.Rounds} rounds, {result.Seconds:0} s, load average {result.LoadBefore:0.0} to {result.LoadAfter:0.0}"));
        foreach (IGrouping<string, Row> measure in result.Rows.GroupBy(row => row.Measure))
        {
            Console.WriteLine($"  {measure.Key}");
            foreach (Row row in measure)
            {
                string p99 = row.P99 is { } value ? $"p99 {row.Unit.Print(value)}" : "";
                Console.WriteLine($"    {row.Contender,-24} {row.Unit.Print(row.Median),14}  {p99,-18}{RatioOf(row)}{VerdictOf(row)}{(row.Note is null ? "" : $"  ({row.Note})")}".TrimEnd());
            }
        }

        if (result.Failure is not null)
        {
            Console.WriteLine($"    NOT MEASURED: {result.Failure}");
        }
    }

    public static void PrintJson(Machine machine, BenchSize size, IReadOnlyList<CaseResult> results) =>
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                machine,
                loadAverage = Machine.LoadAverage,
                size = size.ToString(),
                cases = results.Select(result => new
                {
                    result.Case,
                    result.Title,
                    result.Rounds,
                    result.Seconds,
                    result.LoadBefore,
                    result.LoadAfter,
                    result.Failure,
                    rows = result.Rows.Select(row => new
                    {
                        row.Measure,
                        row.Contender,
                        unit = row.Unit.Name.Trim(),
                        row.Median,
                        row.P99,
                        row.Values,
                        ratio = row.Ratio is { } ratio ? new { ratio.Median, ratio.Least, ratio.Greatest, bound = ratio.Bound?.ToString() } : null,
                        bound = row.ValueBound?.ToString(),
                        row.IsMet,
                        row.Note,
                    }),
                }),
            },
            s_json));

    private static string RatioOf(Row row) => row.Ratio is { } ratio
        ? $" ratio {Unit.Print(ratio.Median, "")} ({Unit.Print(ratio.Least, "")} to {Unit.Print(ratio.Greatest, "")})"
        : "";

    private static string VerdictOf(Row row) => row.IsMet is { } isMet
        ? $"  must be {row.Ratio?.Bound ?? row.ValueBound}: {(isMet ? "yes" : "MISSED")}"
        : "";
}
