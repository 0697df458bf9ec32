using System.Globalization;

namespace McpFunctions.Bench.Gateways;

/// <summary>What the system tells about processes, on systems with /proc.</summary>
internal static class ProcessFigures
{
    // The unit of processor times in /proc, on all common systems.
    private const double TicksPerSecond = 100;

    /// <summary>The processes that a process started, and theirs.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent)
    {
        ILookup<int, int> byParent = Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : 0)
            .Where(id => id > 0 && StatOf(id) is not null)
            .ToLookup(id => StatOf(id) is { } stat ? int.Parse(stat[1], CultureInfo.InvariantCulture) : 0);
        List<int> found = [];
        void Add(int id)
        {
            foreach (int child in byParent[id])
            {
                found.Add(child);
                Add(child);
            }
        }

        Add(parent);
        return found;
    }

    /// <summary>The command line, its arguments separated by spaces; empty if the process has ended.</summary>
    public static string CommandLineOf(int id) => Read(id, "cmdline")?.Replace('\0', ' ') ?? "";

    /// <summary>The processor time that processes have used.</summary>
    public static TimeSpan ProcessorTimeOf(IEnumerable<int> ids) => TimeSpan.FromSeconds(ids.Sum(id => StatOf(id) is { } stat
        ? (long.Parse(stat[11], CultureInfo.InvariantCulture) + long.Parse(stat[12], CultureInfo.InvariantCulture)) / TicksPerSecond
        : 0));

    /// <summary>The resident memory of a process in megabytes.</summary>
    public static double MemoryOf(int id) => MegabytesOf(id, "VmRSS");

    /// <summary>The most resident memory that a process has had, in megabytes.</summary>
    public static double PeakMemoryOf(int id) => MegabytesOf(id, "VmHWM");

    private static double MegabytesOf(int id, string field) => Read(id, "status")!.Split('\n')
        .Where(line => line.StartsWith(field, StringComparison.Ordinal))
        .Select(line => double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024)
        .Single();

    // The fields from the state on: the name before them may hold spaces.
    private static string[]? StatOf(int id) => Read(id, "stat") is { } stat ? stat[(stat.LastIndexOf(')') + 2)..].Split(' ') : null;

    private static string? Read(int id, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/{file}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
