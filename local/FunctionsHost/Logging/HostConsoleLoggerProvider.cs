namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>Writes log entries with a sufficient level to the console.</summary>
internal sealed class HostConsoleLoggerProvider(HostConsole console, LogLevelRules rules) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new HostConsoleLogger(console, rules.MinimumFor(categoryName));

    public void Dispose() { }

    private sealed class HostConsoleLogger(HostConsole console, LogLevel minimum) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= minimum && logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            if (!IsEnabled(logLevel))
                return;

            console.WriteLog(logLevel, formatter(state, exception));

            // Keep the line breaks of a stack trace. WriteLog escapes those in a message, since the message may contain user data.
            foreach (var line in (exception?.ToString() ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                console.WriteLog(logLevel, line.TrimEnd('\r'));
        }
    }
}
