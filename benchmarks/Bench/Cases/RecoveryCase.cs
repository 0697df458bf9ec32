using System.Globalization;
using System.Text.RegularExpressions;
using McpFunctions.Bench.Gateways;
using McpFunctions.Bench.Measuring;
using McpFunctions.Bench.Recovery;
using McpFunctions.Domain.Delivery;
using McpFunctions.TestServers;

namespace McpFunctions.Bench.Cases;

/// <summary>
/// Recovery of events that no doorbell announced, and a replay of them, by the app's own services without a host. Each round is a new process on
/// new servers; the state before brings its own program. The raw stores are measured in the same process. There is no warm-up: a process takes
/// nothing from the one before it but the files in the system's cache, and the copy of its program has just been written.
/// </summary>
internal sealed partial class RecoveryCase : IBenchCase
{
    private static readonly string[] s_kinds = ["recovery", "replay"];

    /// <inheritdoc/>
    public string Name => "recovery";

    /// <inheritdoc/>
    public string Title => "recovery and replay of events, by the app's own services";

    /// <inheritdoc/>
    public bool HasStateBefore => true;

    /// <inheritdoc/>
    public int RoundsOf(BenchSize size) => size == BenchSize.Full ? IBenchCase.FullRounds : 1;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Comparison>> RunAsync(CaseRun run)
    {
        int count = run.Of(20_000, 1_000, 20);
        Dictionary<string, Comparison> rates = s_kinds
            .SelectMany(kind => Subscriptions.Consumers.Select(consumer => $"{kind}: {consumer}"))
            .ToDictionary(name => name, name =>
            {
                bool isAudit = name.EndsWith(Subscriptions.Audit, StringComparison.Ordinal);
                return new Comparison($"{name}, {count} events, events per second", Unit.PerSecond)
                    .Against(Contenders.Before, Bound.AtLeast(1))
                    .Against(isAudit ? Contenders.RawStorage : Contenders.RawRedis, note: isAudit ? "rows like the audit log's" : "a trivial script");
            });
        using var own = new Copy(Repository.Root, AppContext.BaseDirectory);
        using Copy? old = run.HasBefore ? await CopyOfBeforeAsync() : null;
        string program = own.PathOf(Path.GetFileName(typeof(RecoveryCase).Assembly.Location));
        List<(string, Func<Task>)> contenders =
        [
            (Contenders.Gateway, () => MeasureAsync(Contenders.Gateway, [program, "--worker", RecoveryWorker.Name, $"{count}"])),
        ];
        if (old is not null)
        {
            contenders.Add((Contenders.Before, () => MeasureAsync(Contenders.Before, [old.PathOf("McpFunctions.Bench.Recovery.dll"), $"{count}"])));
        }

        await run.InTurnAsync([.. contenders]);
        return [.. rates.Values];

        async Task MeasureAsync(string contender, string[] command)
        {
            await using ChildProcess process = await ChildProcess.StartAsync("dotnet", ["exec", .. command], name: $"recovery of the {contender}");
            if (await process.WaitForExitAsync(TimeSpan.FromMinutes(20)) != 0)
            {
                throw new BenchException($"{process.Name} failed:\n{string.Join('\n', process.Output.TakeLast(20))}");
            }

            Add(contender, process.Output);
        }

        void Add(string contender, IEnumerable<string> lines)
        {
            foreach (Match line in lines.Select(line => Line().Match(line)).Where(match => match.Success))
            {
                double rate = double.Parse(line.Groups["rate"].Value, CultureInfo.InvariantCulture);
                string name = $"{line.Groups["kind"].Value}: {line.Groups["what"].Value}";
                if (rates.TryGetValue(name, out Comparison? comparison))
                {
                    comparison.Add(contender, rate);
                }
                else if (contender == Contenders.Gateway)
                {
                    bool isStorage = line.Groups["what"].Value == "rows";
                    foreach ((_, Comparison raw) in rates.Where(each => each.Key.EndsWith(Subscriptions.Audit, StringComparison.Ordinal) == isStorage))
                    {
                        raw.Add(isStorage ? Contenders.RawStorage : Contenders.RawRedis, rate);
                    }
                }
            }
        }
    }

    private static async Task<Copy> CopyOfBeforeAsync()
    {
        await PreviousBuild.GetAsync();
        return new Copy(PreviousBuild.Root, PreviousBuild.RecoveryFolder);
    }

    // A copy with machine code, in the folder of its source code, which it looks for: in a short run, the compiler would take more time than the events.
    private sealed class Copy : IDisposable
    {
        private readonly string folder;

        public Copy(string root, string output)
        {
            folder = Path.Combine(root, ".data", $"recovery-{Guid.NewGuid():N}");
            ProgramCopy.Make(output, folder);
        }

        public string PathOf(string file) => Path.Combine(folder, file);

        public void Dispose() => Directory.Delete(folder, recursive: true);
    }

    // "recovery: audit    20000 in    5.0 s:    4000 events/s", or the shorter form of this version.
    [GeneratedRegex(@"^(?<kind>raw|recovery|replay): +(?<what>\w+).* (?<rate>\d+) events/s")]
    private static partial Regex Line();
}
