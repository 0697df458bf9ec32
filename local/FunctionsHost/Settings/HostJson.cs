using System.Globalization;
using System.Text;
using McpFunctions.Local.FunctionsHost.Http;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>The app's <c>host.json</c> with its overrides from the app settings. Missing values have the real host's defaults.</summary>
internal sealed class HostJson
{
    public const string FileName = "host.json";

    private readonly IConfigurationRoot _json;

    private HostJson(string text, IConfigurationRoot json) => (Text, _json) = (text, json);

    /// <summary>The file's unchanged text, for <c>/admin/host/config</c>.</summary>
    public string Text { get; }

    /// <summary>The prefix of every function's route, without slashes. May be empty.</summary>
    public string RoutePrefix => (_json["extensions:http:routePrefix"] ?? "api").Trim('/');

    /// <summary>The longest time of an invocation. <c>-1</c> means no limit. The default is 30 minutes, as on the dedicated plans.</summary>
    public TimeSpan FunctionTimeout =>
        _json["functionTimeout"] is "-1" ? Timeout.InfiniteTimeSpan : Time("functionTimeout", TimeSpan.FromMinutes(30));

    /// <summary>The most requests that run functions at once. Others wait. <c>-1</c>, the dedicated plans' default, means no limit.</summary>
    public int MaxConcurrentRequests => Limit("extensions:http:maxConcurrentRequests");

    /// <summary>The most requests that run or wait. Others get 429. <c>-1</c>, the dedicated plans' default, means no limit.</summary>
    public int MaxOutstandingRequests => Limit("extensions:http:maxOutstandingRequests");

    /// <summary>The duration of a timer's lock without renewal. Storage allows 15 to 60 seconds.</summary>
    public TimeSpan ListenerLockPeriod =>
        Within("singleton:listenerLockPeriod", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TimeSpan.FromSeconds(60));

    /// <summary>The time between two attempts to get the lock.</summary>
    public TimeSpan ListenerLockRecoveryPollingInterval =>
        Within("singleton:listenerLockRecoveryPollingInterval", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(15), TimeSpan.MaxValue);

    /// <summary>Whether the app uses OpenTelemetry. If so, a request without a trace starts a sampled trace.</summary>
    public bool UsesOpenTelemetry => string.Equals(_json["telemetryMode"], "OpenTelemetry", StringComparison.OrdinalIgnoreCase);

    /// <summary>Minimum levels by the first part of a log category. <c>default</c> is for all others.</summary>
    public IReadOnlyDictionary<string, LogLevel> LogLevels =>
        _json
            .GetSection("logging:logLevel")
            .AsEnumerable(makePathsRelative: true)
            .Where(entry => entry.Value is not null)
            .ToDictionary(
                entry => entry.Key.Replace(':', '.'),
                entry =>
                    Enum.TryParse<LogLevel>(entry.Value, ignoreCase: true, out var level)
                        ? level
                        : throw Invalid($"logging:logLevel:{entry.Key}", entry.Value),
                StringComparer.OrdinalIgnoreCase
            );

    /// <exception cref="StartupException">The file is not JSON, or one of its values is not valid.</exception>
    public static HostJson Read(string appFolder, AppSettings settings)
    {
        var path = Path.Combine(appFolder, FileName);
        HostJson json;
        try
        {
            var text = File.ReadAllText(path);
            using var file = new MemoryStream(Encoding.UTF8.GetBytes(text));
            json = new HostJson(
                text,
                new ConfigurationBuilder().AddJsonStream(file).AddInMemoryCollection(settings.HostJsonOverrides).Build()
            );
        }
        catch (Exception e) when (e is FormatException or InvalidDataException or System.Text.Json.JsonException)
        {
            throw new StartupException($"'{path}' is not valid JSON: {(e.InnerException ?? e).Message}", e);
        }

        if (json._json["version"] != "2.0")
            throw new StartupException($"'{path}' must have \"version\": \"2.0\".");

        // Read each value once, so that a wrong one fails the start and not its first use.
        _ = (json.FunctionTimeout, json.ListenerLockPeriod, json.ListenerLockRecoveryPollingInterval, json.LogLevels);
        _ = (json.MaxConcurrentRequests, json.MaxOutstandingRequests);
        return json;
    }

    private int Limit(string path) =>
        _json[path] switch
        {
            null => RequestThrottle.Unlimited,
            var text when int.TryParse(text, CultureInfo.InvariantCulture, out var limit) && limit is RequestThrottle.Unlimited or > 0 => limit,
            var text => throw Invalid(path, text),
        };

    private TimeSpan Time(string path, TimeSpan fallback) =>
        _json[path] switch
        {
            null => fallback,
            var text when TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time > TimeSpan.Zero => time,
            var text => throw Invalid(path, text),
        };

    private TimeSpan Within(string path, TimeSpan fallback, TimeSpan least, TimeSpan most)
    {
        var time = Time(path, fallback);
        return time >= least && time <= most ? time : throw Invalid(path, _json[path]);
    }

    private static StartupException Invalid(string path, string? value) =>
        new($"host.json: '{value}' is not a value for {path.Replace(':', '.')}.");
}
