using System.Text.Json;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>The command of the app's worker process, from <c>worker.config.json</c>, which the app's build writes.</summary>
internal sealed record WorkerConfig(string Language, string ExecutablePath, string WorkerPath, IReadOnlyList<string> Arguments)
{
    public const string FileName = "worker.config.json";

    /// <exception cref="StartupException">The file is not readable or names no worker.</exception>
    public static WorkerConfig Read(string appFolder)
    {
        var path = Path.Combine(appFolder, FileName);
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var description = json.RootElement.GetProperty("description");
            return new WorkerConfig(
                description.GetProperty("language").GetString()!,
                description
                    .GetProperty("defaultExecutablePath")
                    .GetString()!
                    .Replace("%FUNCTIONS_WORKER_DIRECTORY%", appFolder, StringComparison.OrdinalIgnoreCase),
                description.GetProperty("defaultWorkerPath").GetString()!,
                description.TryGetProperty("arguments", out var arguments)
                    ? [.. arguments.EnumerateArray().Select(a => a.GetString()!)]
                    : []
            );
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new StartupException($"'{path}' does not describe a worker ({e.Message}). Build the function app again.", e);
        }
    }
}
