using System.Diagnostics;
using McpFunctions.Local.FunctionsHost.CommandLine;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>Finds the folder of the built app. If the script root is a project, builds it first.</summary>
internal static class AppFolder
{
    /// <exception cref="StartupException">The folder has no app, or the app does not build.</exception>
    public static async Task<string> FindAsync(StartOptions options, CancellationToken cancellationToken)
    {
        var root = Path.GetFullPath(options.ScriptRoot);
        if (!Directory.Exists(root))
            throw new StartupException($"The folder '{root}' does not exist. Point --script-root at the app's output or project folder.");

        if (!File.Exists(Path.Combine(root, WorkerConfig.FileName)) && Directory.GetFiles(root, "*.csproj") is [var project, ..] projects)
        {
            if (projects.Length > 1)
                throw new StartupException($"'{root}' holds {projects.Length} projects. Point --script-root at the output folder of one.");
            if (!options.NoBuild)
                await BuildAsync(project, cancellationToken);
            root = await TargetFolderOfAsync(project, cancellationToken);
        }

        Require(root, HostJson.FileName);
        Require(root, WorkerConfig.FileName);
        return root;
    }

    private static void Require(string folder, string file)
    {
        if (!File.Exists(Path.Combine(folder, file)))
            throw new StartupException(
                $"{file} is missing in '{folder}'. Build the function app, and point --script-root at its output folder."
            );
    }

    private static async Task BuildAsync(string project, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await DotnetAsync(["build", project, "--nologo", "--verbosity", "quiet"], cancellationToken);
        if (exitCode != 0)
            throw new StartupException($"{output}{Environment.NewLine}'{project}' does not build (see above).");
    }

    private static async Task<string> TargetFolderOfAsync(string project, CancellationToken cancellationToken)
    {
        var (exitCode, output) = await DotnetAsync(["msbuild", project, "--getProperty:TargetDir"], cancellationToken);
        return exitCode == 0 && Directory.Exists(output)
            ? Path.TrimEndingDirectorySeparator(output)
            : throw new StartupException($"'{project}' has no output folder yet. Run without --no-build, or build it first.");
    }

    private static async Task<(int ExitCode, string Output)> DotnetAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using var dotnet = Process.Start(
            new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        try
        {
            var errors = dotnet.StandardError.ReadToEndAsync(cancellationToken);
            var output = await dotnet.StandardOutput.ReadToEndAsync(cancellationToken);
            await dotnet.WaitForExitAsync(cancellationToken);
            return (dotnet.ExitCode, (output + await errors).Trim());
        }
        finally
        {
            if (!dotnet.HasExited)
                dotnet.Kill(entireProcessTree: true);
        }
    }
}
