using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The worker's process. Writes its output to the host's console.</summary>
internal sealed class WorkerProcess : IWorkerProcess
{
    private readonly Process _process;
    private readonly StartOutput _output;

    public WorkerProcess(Process process, StartOutput output, ILogger logger)
    {
        (_process, _output) = (process, output);
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text && output.IsNew(text))
                logger.WorkerOutput(text);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is { } text && output.IsNew(text))
                logger.WorkerError(text);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = WaitForExitAsync();
    }

    public Task<int> Exited { get; }

    public void BecomeReady() => _output.BecomeReady();

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync()
    {
        // This also waits for the end of the output, so that the last error lines appear.
        await _process.WaitForExitAsync();
        DismissGuard();
        return _process.ExitCode;
    }

    // The worker has ended, and another process may get its id. The guard must not kill that process.
    private void DismissGuard()
    {
        if (!_process.StartInfo.RedirectStandardInput)
            return;

        try
        {
            _process.StandardInput.WriteLine();
        }
        catch (IOException)
        {
            // The guard has ended too.
        }
    }
}
