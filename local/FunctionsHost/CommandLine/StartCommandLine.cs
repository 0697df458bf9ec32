using System.Globalization;

namespace McpFunctions.Local.FunctionsHost.CommandLine;

/// <summary>Reads the arguments of <c>start</c>. It has the options of <c>func start</c> that an isolated .NET app needs.</summary>
internal static class StartCommandLine
{
    public const string Help = """
        A local Azure Functions host for .NET isolated apps.

        Usage: dotnet McpFunctions.Local.FunctionsHost.dll start [options]

          --script-root <folder>  The app's output folder, or its project's folder. Default: the current folder.
          --port, -p <port>       The port to listen on. Default: Host.LocalHttpPort of local.settings.json, or 7071.
          --functions <names>     Run only these functions (names separated by spaces).
          --no-build              Do not build the project before running it.
          --cors <origins>        Origins that may call from a browser, comma-separated. Default: Host.CORS.
          --enableAuth            Enforce function keys as in Azure.
          --verbose               Show every invocation, and the debug messages of the host.
          --log-file <path>       Write the full log to this file and overwrite the old one. Default: no file.
          --help, -h              Show this text.
        """;

    public static bool AsksForHelp(IReadOnlyList<string> args) =>
        args.Count == 0 || args.Any(arg => arg is "--help" or "-h" or "-?" or "help");

    /// <exception cref="StartupException">An argument is unknown or has no usable value.</exception>
    public static StartOptions Parse(IReadOnlyList<string> args)
    {
        if (args is not ["start", ..])
            throw Invalid($"'{(args.Count > 0 ? args[0] : "")}' is not a command; the only one is 'start'");

        var options = new StartOptions();
        var rest = new Queue<string>(args.Skip(1).SelectMany(SplitAssignment));
        while (rest.TryDequeue(out var option))
        {
            options = option switch
            {
                "--port" or "-p" => options with { Port = PortOf(ValueOf(option, rest)) },
                "--script-root" => options with { ScriptRoot = Path.GetFullPath(ValueOf(option, rest)) },
                "--functions" => options with { Functions = NamesOf(option, rest) },
                "--cors" => options with { Cors = ValueOf(option, rest) },
                "--no-build" => options with { NoBuild = true },
                "--log-file" => options with { LogFile = Path.GetFullPath(ValueOf(option, rest)) },
                "--verbose" => options with { Verbose = true },
                "--enableAuth" => options with { EnableAuth = true },
                _ => throw Invalid($"'{option}' is not an option"),
            };
        }

        return options;
    }

    private static IEnumerable<string> SplitAssignment(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) ? arg.Split('=', 2) : [arg];

    private static string ValueOf(string option, Queue<string> rest) =>
        rest.TryPeek(out var value) && !IsOption(value) ? rest.Dequeue() : throw Invalid($"{option} needs a value");

    private static int PortOf(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw Invalid($"'{value}' is not a port (1 to 65535)");

    private static HashSet<string> NamesOf(string option, Queue<string> rest)
    {
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        while (rest.TryPeek(out var name) && !IsOption(name))
            names.UnionWith(rest.Dequeue().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

        return names.Count > 0 ? names : throw Invalid($"{option} needs at least one function's name");
    }

    private static bool IsOption(string arg) => arg.StartsWith('-');

    private static StartupException Invalid(string problem) => new($"{problem}. Run with --help to see the options.");
}
