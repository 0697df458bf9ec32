using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using McpFunctions.TestServers;

namespace McpFunctions.Bench;

/// <summary>Where and what a run measured.</summary>
/// <param name="Processor">The model of the processor.</param>
/// <param name="Cores">The number of processors that this process may use.</param>
/// <param name="MemoryGigabytes">The memory.</param>
/// <param name="OperatingSystem">The operating system.</param>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="Node">The version of Node.</param>
/// <param name="Redis">The version of Redis.</param>
/// <param name="Commit">The commit of the working tree, with + if it has changes.</param>
internal sealed record Machine(
    string Processor, int Cores, double MemoryGigabytes, string OperatingSystem, string Runtime, string Node, string Redis, string Commit)
{
    /// <summary>The average number of processes that wanted to run in the last minute; null where the system does not tell.</summary>
    public static double? LoadAverage => File.Exists("/proc/loadavg")
        ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture)
        : null;

    /// <summary>Reads them.</summary>
    /// <returns>This machine.</returns>
    public static Machine Read() => new(
        (File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null)
            ?.Split(':')[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9, 1),
        RuntimeInformation.OSDescription,
        RuntimeInformation.FrameworkDescription,
        OutputOf("node", "--version"),
        OutputOf("redis-server", "--version").Split(' ').FirstOrDefault(word => word.StartsWith("v=", StringComparison.Ordinal))?[2..] ?? "",
        OutputOf("git", "-C", Repository.Root, "rev-parse", "--short", "HEAD")
            + (OutputOf("git", "-C", Repository.Root, "status", "--porcelain", "--untracked-files=no").Length > 0 ? "+" : ""));

    private static string OutputOf(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            return process.StandardOutput.ReadToEnd().Trim();
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException)
        {
            return "";
        }
    }
}
