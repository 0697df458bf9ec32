using System.Diagnostics;

namespace McpFunctions.TestServers;

/// <summary>A running process with a certain environment variable. Tests use it to find all descendants of their children.</summary>
/// <param name="Id">The process's id.</param>
/// <param name="CommandLine">Its command line, the arguments separated by spaces.</param>
public sealed record MarkedProcess(int Id, string CommandLine)
{
    /// <summary>All processes whose environment holds <paramref name="variable"/> with <paramref name="value"/>.</summary>
    /// <remarks>redis-server overwrites its environment with its title, so this finds its supervisor, local/supervise, instead.</remarks>
    public static IReadOnlyList<MarkedProcess> FindAll(string variable, string value) =>
        OperatingSystem.IsLinux() ? FindInProc($"{variable}={value}") : FindByPs($"{variable}={value}");

    /// <summary>Kills it with SIGKILL, like a crash. Does nothing when it has ended.</summary>
    public void Kill() => ProcessSignals.Send(Id, ProcessSignal.Kill);

    /// <summary>Asks it to end with SIGTERM.</summary>
    public void Terminate() => ProcessSignals.Send(Id, ProcessSignal.Terminate);

    private static List<MarkedProcess> FindInProc(string mark)
    {
        var found = new List<MarkedProcess>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id))
            {
                continue;
            }
            try
            {
                if (File.ReadAllText(Path.Combine(folder, "environ")).Split('\0').Contains(mark))
                {
                    found.Add(new MarkedProcess(id, File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ').Trim()));
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The process has ended, or belongs to another user.
            }
        }
        return found;
    }

    private static List<MarkedProcess> FindByPs(string mark)
    {
        using var ps = Process.Start(new ProcessStartInfo("ps", ["-Eww", "-axo", "pid=,command="]) { RedirectStandardOutput = true })!;
        var found = new List<MarkedProcess>();
        while (ps.StandardOutput.ReadLine() is { } line)
        {
            var parts = line.TrimStart().Split(' ', 2);
            if (parts.Length == 2 && parts[1].Split(' ').Contains(mark) && int.TryParse(parts[0], out var id))
            {
                found.Add(new MarkedProcess(id, parts[1]));
            }
        }
        return found;
    }
}
