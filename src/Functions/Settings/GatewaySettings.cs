using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>Binds the settings and checks them at start. Messages name the setting and the remedy, and never quote a text, which may be a secret.</summary>
public static class GatewaySettings
{
    private const string KeyVaultReference = "@Microsoft.KeyVault(";

    /// <summary>Adds a class of settings.</summary>
    /// <typeparam name="TOptions">The class, which checks itself; its defaults are the examples in messages.</typeparam>
    /// <param name="services">The services of the app.</param>
    /// <param name="configuration">The settings.</param>
    public static IServiceCollection AddSettings<TOptions>(this IServiceCollection services, IConfiguration configuration)
        where TOptions : class, IValidateOptions<TOptions>, new()
    {
        string section = SectionOf(typeof(TOptions));
        IConfiguration values = section.Length == 0 ? configuration : configuration.GetSection(section);
        services.AddOptions<TOptions>().Configure(options => BindReadable(options, values)).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<TOptions>, TOptions>().AddSingleton<IValidateOptions<TOptions>>(new Readability<TOptions>(values));
    }

    /// <summary>Checks all settings.</summary>
    /// <param name="services">The services of the app.</param>
    /// <returns>The remedy for each missing or invalid setting; empty when all are valid.</returns>
    public static IReadOnlyList<string> Problems(IServiceProvider services)
    {
        // Such a value is no secret but the text of the reference, known to everybody who sees the settings.
        string[] unresolved = [.. services.GetRequiredService<IConfiguration>().AsEnumerable()
            .Where(setting => setting.Value?.StartsWith(KeyVaultReference, StringComparison.OrdinalIgnoreCase) == true)
            .Select(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal))];
        return
        [
            .. unresolved.Select(name => $"{name} is a Key Vault reference that the platform has not resolved. Give the identity of the app the role "
                + "Key Vault Secrets User, and check the name of the vault and of the secret."),
            .. ProblemsOfValues(services).Where(problem => !unresolved.Any(name => problem.Contains(name, StringComparison.OrdinalIgnoreCase))),
        ];
    }

    private static IReadOnlyList<string> ProblemsOfValues(IServiceProvider services)
    {
        try
        {
            services.GetService<IStartupValidator>()?.Validate();
            return [];
        }
        catch (OptionsValidationException problem)
        {
            return [.. problem.Failures];
        }
        catch (AggregateException problems) when (problems.InnerExceptions.All(inner => inner is OptionsValidationException))
        {
            return [.. problems.InnerExceptions.Cast<OptionsValidationException>().SelectMany(problem => problem.Failures)];
        }
    }

    /// <summary>The name of a setting, as an environment variable spells it.</summary>
    internal static string NameOf(Type options, string property)
    {
        string name = options.GetProperty(property)?.GetCustomAttribute<ConfigurationKeyNameAttribute>()?.Name ?? property;
        return SectionOf(options) is { Length: > 0 } section ? $"{section}__{name}" : name;
    }

    private static string SectionOf(Type options) => (string?)options.GetField("Section")?.GetRawConstantValue() ?? "";

    // An unreadable value keeps its default, so that it does not hide the other problems.
    private static void BindReadable<TOptions>(TOptions options, IConfiguration values)
    {
        string[] unreadable = [.. Unreadable(typeof(TOptions), values).Select(property => property.Name)];
        // Below a connection string are the settings of an identity, which the binder would take for its parts.
        string[] texts = [.. typeof(TOptions).GetProperties().Where(property => property.PropertyType == typeof(string)).Select(property => $"{property.Name}:")];
        new ConfigurationBuilder()
            .AddInMemoryCollection(values.AsEnumerable(makePathsRelative: true)
                .Where(setting => setting.Value is not null && !unreadable.Contains(setting.Key, StringComparer.OrdinalIgnoreCase)
                    && !texts.Any(text => setting.Key.StartsWith(text, StringComparison.OrdinalIgnoreCase))))
            .Build()
            .Bind(options);
    }

    private static IEnumerable<PropertyInfo> Unreadable(Type options, IConfiguration values) => options.GetProperties()
        .Where(property => property.PropertyType.IsValueType && values[property.Name] is { } value && !IsReadable(property.PropertyType, value));

    private static bool IsReadable(Type type, string value)
    {
        try
        {
            return TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value) is not null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }

    // The message of the binder quotes the value, and spells the setting's name differently.
    private sealed class Readability<TOptions>(IConfiguration values) : IValidateOptions<TOptions>
        where TOptions : class, new()
    {
        public ValidateOptionsResult Validate(string? name, TOptions options)
        {
            var defaults = new TOptions();
            string[] failures = [.. Unreadable(typeof(TOptions), values).Select(property => string.Create(
                CultureInfo.InvariantCulture,
                $"Set {NameOf(typeof(TOptions), property.Name)} to {KindOf(property)}, for example {property.GetValue(defaults)}; its value is not of that kind."))];
            return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
        }

        private static string KindOf(PropertyInfo property) =>
            property.PropertyType == typeof(TimeSpan) ? "a time (days.hours:minutes:seconds)" : "a whole number";
    }
}
