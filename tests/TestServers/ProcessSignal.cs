using System.Runtime.InteropServices;

namespace McpFunctions.TestServers;

/// <summary>A signal that a test can send to a process.</summary>
public enum ProcessSignal
{
    /// <summary>SIGHUP: the terminal was closed.</summary>
    HangUp,

    /// <summary>SIGINT: Ctrl+C.</summary>
    Interrupt,

    /// <summary>SIGTERM: a request to end.</summary>
    Terminate,

    /// <summary>SIGKILL: the process ends at once, without cleanup.</summary>
    Kill,

    /// <summary>SIGSTOP: the process freezes; its connections stay open.</summary>
    Freeze,

    /// <summary>SIGCONT: the process continues.</summary>
    Thaw,
}

internal static partial class ProcessSignals
{
    /// <summary>Sends a signal to a process, or to a process group when <paramref name="id"/> is negative. Returns false when there is none.</summary>
    public static bool Send(int id, ProcessSignal signal) => Kill(id, NumberOf(signal)) == 0;

    /// <summary>Whether the process exists, or any process of the group when <paramref name="id"/> is negative.</summary>
    public static bool Exists(int id) => Kill(id, 0) == 0;

    private static int NumberOf(ProcessSignal signal) => signal switch
    {
        ProcessSignal.HangUp => 1,
        ProcessSignal.Interrupt => 2,
        ProcessSignal.Kill => 9,
        ProcessSignal.Terminate => 15,
        // These two numbers differ between Linux and macOS.
        ProcessSignal.Freeze => OperatingSystem.IsMacOS() ? 17 : 19,
        ProcessSignal.Thaw => OperatingSystem.IsMacOS() ? 19 : 18,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    };

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);
}
