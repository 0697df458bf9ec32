namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>Which level a log category must have to be shown: the longest match of host.json's <c>logging.logLevel</c>, and the detail.</summary>
internal sealed class LogLevelRules(IReadOnlyDictionary<string, LogLevel> levels, LogDetail detail)
{
    private const string Default = "default";

    public LogLevel MinimumFor(string category)
    {
        var minimum = ByHostJson(category);
        var hides = (detail == LogDetail.Quiet && LogCategories.IsRoutine(category)) || LogCategories.ShowsQueries(category);
        return hides && minimum < LogLevel.Warning ? LogLevel.Warning : minimum;
    }

    private LogLevel ByHostJson(string category)
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

        // Like Core Tools: a framework's own lines (Kestrel, gRPC) are noise until one asks for them.
        if (detail != LogDetail.Verbose && LogCategories.IsFramework(category))
            return LogLevel.Warning;

        var general = levels.GetValueOrDefault(Default, LogLevel.Information);
        return detail != LogDetail.Quiet && general > LogLevel.Debug && category.StartsWith("Host.", StringComparison.Ordinal)
            ? LogLevel.Debug
            : general;
    }
}
