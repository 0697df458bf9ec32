using System.ComponentModel;
using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts the app's worker by its worker.config.json, in the app's folder and with the app's settings.</summary>
internal sealed class WorkerProcessLauncher(HostSettings settings, ILogger logger) : IWorkerLauncher
{
    // The process starts as a shell and becomes the worker. Windows has no such shell: there, a worker stops only by itself.
    private const string Shell = """
        # Ctrl+C reaches the whole process group, and the worker must survive it to finish running requests.
        trap "" INT
        exec 3<&0
        # Only the host holds the pipe open. When the host ends, a worker stops by itself, and this kills one that hangs.
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
