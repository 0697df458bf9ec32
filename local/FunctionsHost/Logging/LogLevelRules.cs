namespace McpFunctions.Local.FunctionsHost.Logging;

/// <summary>The minimum level of a log category, by the longest match in host.json's <c>logging.logLevel</c> and by the detail.</summary>
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

        // As in Core Tools, hide the log of frameworks (Kestrel, gRPC) unless the user asks for it.
        if (detail != LogDetail.Verbose && LogCategories.IsFramework(category))
            return LogLevel.Warning;

        var general = levels.GetValueOrDefault(Default, LogLevel.Information);
        return detail != LogDetail.Quiet && general > LogLevel.Debug && category.StartsWith("Host.", StringComparison.Ordinal)
            ? LogLevel.Debug
            : general;
    }
}
