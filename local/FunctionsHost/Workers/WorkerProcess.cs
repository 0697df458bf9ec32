using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>The worker's process, with its output on the host's console.</summary>
internal sealed class WorkerProcess : IWorkerProcess
{
    private const int ErrorLinesKept = 20;

    private readonly Process _process;
    private readonly Queue<string> _errors = new();

    public WorkerProcess(Process process, ILogger logger)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { } text)
                logger.WorkerOutput(text);
        };
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not { } text)
                return;
            lock (_errors)
            {
                _errors.Enqueue(text);
                if (_errors.Count > ErrorLinesKept)
                    _errors.Dequeue();
            }

            logger.WorkerError(text);
        };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        Exited = WaitForExitAsync();
    }

    public Task<int> Exited { get; }

    public IReadOnlyList<string> LastErrors
    {
        get
        {
            lock (_errors)
                return [.. _errors];
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await Exited;
        _process.Dispose();
    }

    private async Task<int> WaitForExitAsync()
    {
        // Waits for the end of the output too, so that the last error lines are in.
        await _process.WaitForExitAsync();
        DismissGuard();
        return _process.ExitCode;
    }

    // The worker is gone: its process id may soon be another's.
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
            // The guard went with the worker.
        }
    }
}
