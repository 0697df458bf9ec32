using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Streams;

/// <summary>Checks the setting that depends on a time-out of the host.</summary>
/// <param name="configuration">The settings of the host.</param>
public sealed class StreamOptionsValidator(IConfiguration configuration) : IValidateOptions<StreamOptions>
{
    // When a function runs longer, the host restarts the worker and interrupts all other requests.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(20);

    // The shortest default of the hosting plans.
    private static readonly TimeSpan DefaultFunctionTimeout = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StreamOptions options)
    {
        TimeSpan max = FunctionTimeout() - Margin;
        return options.StreamDuration >= TimeSpan.FromSeconds(1) && options.StreamDuration <= max
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(string.Create(
                CultureInfo.InvariantCulture,
                $"Set Notifications__StreamDuration to a time from 00:00:01 to {max}, which is 20 s less than the functionTimeout of host.json; it is {options.StreamDuration}."));
    }

    // The setting overrides host.json.
    private TimeSpan FunctionTimeout()
    {
        string? text = configuration["AzureFunctionsJobHost:functionTimeout"] ?? OfHostJson();
        return text == "-1" ? TimeSpan.FromHours(1)
            : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out TimeSpan timeout) ? timeout
            : DefaultFunctionTimeout;
    }

    private static string? OfHostJson()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "host.json");
        if (!File.Exists(path))
        {
            return null;
        }

        using JsonDocument json = JsonDocument.Parse(
            File.ReadAllText(path), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        return json.RootElement.TryGetProperty("functionTimeout", out JsonElement timeout) ? timeout.GetString() : null;
    }
}
