using System.ComponentModel;
using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts the app's worker by its worker.config.json, in the app's folder and with the app's settings.</summary>
internal sealed class WorkerProcessLauncher(HostSettings settings, ILogger logger) : IWorkerLauncher
{
    // The worker's process starts as a shell, does two things, and then becomes the worker:
    // - It ignores SIGINT, and exec keeps that. Ctrl+C reaches the whole process group, and the worker must survive it to finish
    //   running requests.
    // - It starts a guard that waits on a pipe which only the host holds open. When the host ends in any way, the pipe closes. A worker
    //   then stops by itself, because its stream ends. The guard kills a worker that hangs 3 s later.
    // Windows has no such shell. There, a worker stops only by itself.
    private const string Shell = """
        trap "" INT
        exec 3<&0
        { trap "" TERM HUP; read -r over <&3 || { sleep 3; kill -KILL $$; }; } >/dev/null 2>&1 &
        exec "$@" </dev/null 3<&-
        """;

    private readonly StartOutput _output = new();

    public IWorkerProcess Start(WorkerArguments arguments)
    {
        var config = settings.Worker;
        string[] command = [config.ExecutablePath, .. config.Arguments, config.WorkerPath, .. arguments.CommandLine];
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo(command[0], command.Skip(1))
            : new ProcessStartInfo("/bin/sh", ["-c", Shell, "sh", .. command]);
        start.WorkingDirectory = settings.AppFolder;
        start.RedirectStandardInput = !OperatingSystem.IsWindows();
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
            _output.BeginStart();
            var process = Process.Start(start)!;
            logger.WorkerStarted(process.Id);
            return new WorkerProcess(process, _output, logger);
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
