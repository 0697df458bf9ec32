using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using McpFunctions.Domain.Events;
using McpFunctions.Functions.Auth;
using McpFunctions.Functions.Documentation;
using McpFunctions.Functions.Settings;

namespace McpFunctions.Functions.Tests.Documentation;

/// <summary>Generates docs/settings.md from the options classes: names, defaults and XML comments.</summary>
internal static class SettingsPage
{
    private static readonly Type[] s_connections = [typeof(ConnectionOptions), typeof(StorageIdentityOptions), typeof(RedisIdentityOptions), typeof(WebPubSubIdentityOptions)];

    private static readonly XmlComments s_comments = new(typeof(OpenApiDocument).Assembly, typeof(DomainEvent).Assembly);

    public static string Create()
    {
        var page = new StringBuilder("""
            # Settings

            App settings come from the environment or, locally, from `local.settings.json`, which the first build makes from
            `local.settings.sample.json`. The app checks them all at start. Where one is missing or wrong, the app names it, says what to set, and
            does not start. Times are written `[days.]hours:minutes:seconds`. A test generates this page from the code.


            """.ReplaceLineEndings("\n"));
        foreach (Type options in Classes())
        {
            string section = (string?)options.GetField("Section")?.GetRawConstantValue() ?? "";
            page.Append(CultureInfo.InvariantCulture, $"## {(section.Length > 0 ? section : options == typeof(ConnectionOptions) ? "Connections" : "Telemetry")}\n\n{s_comments.SummaryOf(options)}\n\n");
            page.Append("| setting | default | range | |\n|---|---|---|---|\n");
            object defaults = Activator.CreateInstance(options)!;
            foreach (PropertyInfo property in options.GetProperties().Where(property => property.CanWrite || property.GetValue(defaults) is IDictionary))
            {
                page.Append(CultureInfo.InvariantCulture, $"| `{Name(property, defaults)}` | {Default(property, defaults)} | {Range(property)} | {Description(property)} |\n");
            }

            page.Append('\n');
        }

        return page.Append("""
            ## Settings of the Functions host

            | setting | |
            |---|---|
            | `AzureWebJobs.{Function}.Disabled` | `true` leaves a function out, so that each event's functions can be deployed alone. [`deploy/plan`](deployment.md) writes these settings. |
            | `AzureFunctionsWebHost__hostid` | The app's id in the storage account, at most 32 characters. Two apps with one id shut each other down. `deploy/plan` writes it. |
            | `AzureFunctionsJobHost__extensions__http__maxConcurrentRequests` | How many requests an instance runs at once, open streams among them; the others wait. 1,000 in `host.json`. |
            | `AzureFunctionsJobHost__extensions__http__maxOutstandingRequests` | How many run or wait; any further one gets 429. 1,200 in `host.json`. |
            | `FUNCTIONS_REQUEST_BODY_SIZE_LIMIT` | The largest request body in bytes that the host lets through; 104,857,600 unless set. For larger files, raise it, and then `Files__MaxBytes` to less: a form has a frame, about 1,000 bytes for each file. |
            | `siteConfig.cors` in Azure, `Host.CORS` in `local.settings.json` | The origins whose pages may call. None may unless it is set ([why](decisions/0002-cors-is-the-platforms.md)). |

            The sample's password and key are known to everybody. Outside the Development environment the app refuses to start with them.

            """.ReplaceLineEndings("\n")).ToString();
    }

    // The connections first: no app starts without them.
    private static IEnumerable<Type> Classes() => typeof(ConnectionOptions).Assembly.GetTypes()
        .Where(type => type is { IsClass: true, IsPublic: true } && type.Name.EndsWith("Options", StringComparison.Ordinal))
        .OrderBy(type => Array.IndexOf(s_connections, type) is var place and >= 0 ? place : s_connections.Length).ThenBy(type => type.Name, StringComparer.Ordinal);

    private static string Name(PropertyInfo property, object defaults) =>
        GatewaySettings.NameOf(property.ReflectedType!, property.Name) + (property.GetValue(defaults) is IDictionary ? "__{id}" : "");

    private static string Default(PropertyInfo property, object defaults) => property.GetValue(defaults) switch
    {
        // It differs between machines.
        _ when property.Name == nameof(AuthOptions.MaxConcurrentHashes) => "processors",
        null => "unset",
        "" or IDictionary => "required",
        TimeSpan time => $"`{time:c}`",
        bool flag => flag ? "`true`" : "`false`",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        var value => $"`{value}`",
    };

    private static string Range(PropertyInfo property) =>
        property.GetCustomAttribute<SettingRangeAttribute>() is { } range ? $"`{range.Minimum}` to `{range.Maximum}`" : "";

    private static string Description(PropertyInfo property) => s_comments.SummaryOf(property)?.Replace("|", "\\|", StringComparison.Ordinal)
        ?? throw new InvalidOperationException($"The setting {property.Name} has no comment.");
}
