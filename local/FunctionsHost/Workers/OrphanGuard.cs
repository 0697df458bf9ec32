using System.Diagnostics;
using System.Globalization;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>
/// Ends a worker whose host died without a word (kill -9, a crash). A worker that sees its stream end stops by itself; this is
/// for one that hangs. A shell waits on a pipe whose other end only the host holds: however the host dies, the pipe closes.
/// Windows has no such shell, and a worker there is left to notice the end of its stream.
/// </summary>
internal sealed class OrphanGuard : IAsyncDisposable
{
    // The pause lets the worker stop in order. Signals to the process group are the host's to handle.
    private const string Script = """trap "" INT TERM HUP; read -r over || { sleep 3; kill -KILL "$1"; } 2>/dev/null""";

    private readonly Process? _shell;

    private OrphanGuard(Process? shell) => _shell = shell;

    public static OrphanGuard Over(Process worker)
    {
        if (OperatingSystem.IsWindows())
            return new OrphanGuard(null);

        string[] arguments = ["-c", Script, "orphan-guard", worker.Id.ToString(CultureInfo.InvariantCulture)];
        return new OrphanGuard(Process.Start(new ProcessStartInfo("/bin/sh", arguments) { RedirectStandardInput = true }));
    }

    /// <summary>The worker is gone: its id may soon be another's.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_shell is null)
            return;

        await _shell.StandardInput.WriteLineAsync();
        _shell.StandardInput.Close();
        await _shell.WaitForExitAsync();
        _shell.Dispose();
    }
}
