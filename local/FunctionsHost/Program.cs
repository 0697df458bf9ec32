using McpFunctions.Local.FunctionsHost;
using McpFunctions.Local.FunctionsHost.CommandLine;
using McpFunctions.Local.FunctionsHost.Hosting;
using McpFunctions.Local.FunctionsHost.Logging;
using McpFunctions.Local.FunctionsHost.Settings;
using McpFunctions.Local.FunctionsHost.Workers;

if (StartCommandLine.AsksForHelp(args))
{
    Console.WriteLine(StartCommandLine.Help);
    return 0;
}

using var signals = new StopSignals();
try
{
    var options = StartCommandLine.Parse(args);
    var appFolder = await AppFolder.FindAsync(options, signals.Stop);
    var settings = HostSettings.Read(options, appFolder, Environment.GetEnvironmentVariables());
    using var console = HostConsole.OfProcess();
    using var logFile = options.LogFile is { } path ? HostConsole.OfFile(path) : null;
    var host = new LocalHost(
        settings,
        console,
        TimeProvider.System,
        logger => new WorkerProcessLauncher(settings, logger),
        logFile
    );
    await host.RunAsync(signals.Stop, signals.Force);
    return 0;
}
catch (StartupException e)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}
catch (OperationCanceledException) when (signals.Stop.IsCancellationRequested)
{
    return 0;
}
