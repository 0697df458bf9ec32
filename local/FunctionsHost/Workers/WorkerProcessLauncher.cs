using System.ComponentModel;
using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts the app's worker as its worker.config.json says, in the app's folder and with the app's settings.</summary>
internal sealed class WorkerProcessLauncher(HostSettings settings, ILogger logger) : IWorkerLauncher
{
    // Ctrl+C goes to the whole process group. The worker must outlive it, so that requests in flight can finish:
    // the host ends the worker itself. An ignored signal stays ignored over exec.
    private const string IgnoringInterrupts = """trap "" INT; exec "$@" """;

    public IWorkerProcess Start(WorkerArguments arguments)
    {
        var config = settings.Worker;
        string[] command = [config.ExecutablePath, .. config.Arguments, config.WorkerPath, .. arguments.CommandLine];
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(command[0], command.Skip(1))
            : new ProcessStartInfo("/bin/sh", ["-c", IgnoringInterrupts, "sh", .. command]);
        start.WorkingDirectory = settings.AppFolder;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        foreach (var (name, value) in settings.App.WorkerEnvironment)
            start.Environment[name] = value;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = settings.AppFolder;
        start.Environment["FUNCTIONS_WORKER_DIRECTORY"] = settings.AppFolder;
        start.Environment["FUNCTIONS_WORKER_RUNTIME"] = config.Language;

        var commandLine = string.Join(' ', command);
        logger.StartingWorker(commandLine);
        try
        {
            var process = Process.Start(start)!;
            logger.WorkerStarted(process.Id);
            return new WorkerProcess(process, logger);
        }
        catch (Win32Exception e)
        {
            throw new StartupException(
                $"The worker cannot be started ({e.Message}). Check '{config.ExecutablePath}' in {WorkerConfig.FileName}.",
                e
            );
        }
    }
}
