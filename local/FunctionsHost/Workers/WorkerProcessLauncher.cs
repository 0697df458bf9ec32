using System.ComponentModel;
using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;

namespace McpFunctions.Local.FunctionsHost.Workers;

/// <summary>Starts the app's worker as its worker.config.json says, in the app's folder and with the app's settings.</summary>
internal sealed class WorkerProcessLauncher(HostSettings settings, ILogger logger) : IWorkerLauncher
{
    // The worker's process begins as a shell that does two things and then becomes the worker:
    // - It ignores interrupts, and an ignored signal stays ignored over exec: Ctrl+C goes to the whole process group, and the worker
    //   must outlive it, so that requests in flight can finish.
    // - It leaves a guard behind, which waits on a pipe that only the host holds. However the host dies, the pipe closes; a worker
    //   stops by itself when its stream ends, and one that hangs is killed a moment later.
    // Windows has no such shell: there a worker is left to notice the end of its stream.
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
