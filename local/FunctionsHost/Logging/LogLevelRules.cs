namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>Which level a log category must have to be shown: the longest match of host.json's <c>logging.logLevel</c>.</summary>
internal sealed class LogLevelRules(IReadOnlyDictionary<string, LogLevel> levels, bool verbose)
{
    private const string Default = "default";

    public LogLevel MinimumFor(string category)
    {
        var rule = levels
            .Keys.Where(prefix =>
                prefix != Default
                && category.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                && (category.Length == prefix.Length || category[prefix.Length] == '.')
            )
            .MaxBy(prefix => prefix.Length);
        if (rule is not null)
            return levels[rule];

        // Like Core Tools: a framework's own lines (Kestrel, gRPC, Azure SDK) are noise until one asks for them.
        if (
            !verbose
            && (category.StartsWith("Microsoft.", StringComparison.Ordinal) || category.StartsWith("Grpc.", StringComparison.Ordinal))
        )
            return LogLevel.Warning;

        var general = levels.GetValueOrDefault(Default, LogLevel.Information);
        return verbose && general > LogLevel.Debug && category.StartsWith("Host.", StringComparison.Ordinal) ? LogLevel.Debug : general;
    }
}
