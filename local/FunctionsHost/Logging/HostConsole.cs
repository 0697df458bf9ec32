using System.Globalization;
using System.Text;

namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>Writes whole lines in order to the terminal or to a log file.</summary>
internal sealed class HostConsole(TextWriter output, bool useColor, TimeProvider time) : IDisposable
{
    private const string Reset = "\e[0m";
    private const string Gray = "\e[90m";
    private const string Red = "\e[91m";
    private const string Yellow = "\e[93m";
    private const string Green = "\e[92m";
    private const string Cyan = "\e[96m";

    private readonly Lock _writing = new();

    /// <summary>Standard output. It has colours on a terminal unless NO_COLOR is set (no-color.org).</summary>
    public static HostConsole OfProcess() =>
        new(
            new BatchedWriter(Console.OpenStandardOutput()),
            useColor: !Console.IsOutputRedirected && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")),
            TimeProvider.System
        );

    /// <summary>A log file. This run overwrites the old one.</summary>
    /// <exception cref="StartupException">The file cannot be written.</exception>
    public static HostConsole OfFile(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            return new HostConsole(new BatchedWriter(file), useColor: false, TimeProvider.System);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The log file '{path}' cannot be written ({e.Message}). Choose another one with --log-file.", e);
        }
    }

    /// <summary>Writes a log line that starts with the time.</summary>
    public void WriteLog(LogLevel level, string message)
    {
        var timestamp = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        var color = level switch
        {
            LogLevel.Trace or LogLevel.Debug => Gray,
            LogLevel.Warning => Yellow,
            LogLevel.Error or LogLevel.Critical => Red,
            _ => null,
        };
        var text = Escape(message);
        Write(useColor && color is not null ? $"{Gray}[{timestamp}]{Reset} {color}{text}{Reset}" : $"[{timestamp}] {text}");
    }

    /// <summary>Writes one line of the function list.</summary>
    public void WriteFunction(string name, string description) =>
        Write(
            useColor ? $"\t{Yellow}{Escape(name)}:{Reset} {Green}{Escape(description)}{Reset}" : $"\t{Escape(name)}: {Escape(description)}"
        );

    public void WriteHeading(string text) => Write(useColor ? $"{Cyan}{text}{Reset}" : text);

    /// <summary>Writes what is still waiting, and ends.</summary>
    public void Dispose() => output.Dispose();

    private void Write(string line)
    {
        lock (_writing)
        {
            try
            {
                output.WriteLine(line);
            }
            catch (IOException)
            {
                // A full disk or a closed terminal must not stop the host.
            }
        }
    }

    /// <summary>Escapes control characters, so that data in a message cannot forge a line or control the terminal.</summary>
    internal static string Escape(string message)
    {
        if (!message.AsSpan().ContainsAnyInRange('\u0000', '\u001f') && !message.AsSpan().ContainsAnyInRange('\u007f', '\u009f'))
            return message;

        var escaped = new StringBuilder(message.Length + 16);
        foreach (var c in message)
        {
            _ = c switch
            {
                '\t' => escaped.Append('\t'),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                _ when char.IsControl(c) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
