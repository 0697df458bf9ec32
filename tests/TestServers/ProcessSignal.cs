using System.Runtime.InteropServices;

namespace McpFunctions.TestServers;

/// <summary>What a test can send to a process.</summary>
public enum ProcessSignal
{
    /// <summary>SIGHUP: the terminal was closed.</summary>
    HangUp,

    /// <summary>SIGINT: Ctrl+C.</summary>
    Interrupt,

    /// <summary>SIGTERM: please end.</summary>
    Terminate,

    /// <summary>SIGKILL: the process ends without a chance to do anything.</summary>
    Kill,

    /// <summary>SIGSTOP: the process stands still, its connections stay open.</summary>
    Freeze,

    /// <summary>SIGCONT: it goes on.</summary>
    Thaw,
}

internal static partial class ProcessSignals
{
    /// <summary>Sends to a process, or to all of a process group when <paramref name="id"/> is negative; false when there is none.</summary>
    public static bool Send(int id, ProcessSignal signal) => Kill(id, NumberOf(signal)) == 0;

    /// <summary>Whether there is a process, or anything in the process group when <paramref name="id"/> is negative.</summary>
    public static bool Exists(int id) => Kill(id, 0) == 0;

    private static int NumberOf(ProcessSignal signal) => signal switch
    {
        ProcessSignal.HangUp => 1,
        ProcessSignal.Interrupt => 2,
        ProcessSignal.Kill => 9,
        ProcessSignal.Terminate => 15,
        // the two whose numbers differ between Linux and macOS
        ProcessSignal.Freeze => OperatingSystem.IsMacOS() ? 17 : 19,
        ProcessSignal.Thaw => OperatingSystem.IsMacOS() ? 19 : 18,
        _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, null),
    };

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int id, int signal);
}
