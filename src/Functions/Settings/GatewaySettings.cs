using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>Binds the settings and checks them at start. Messages name the setting and the remedy, never the value.</summary>
public static class GatewaySettings
{
    /// <summary>Adds a class of settings.</summary>
    /// <typeparam name="TOptions">The class; its defaults are the examples in messages.</typeparam>
    /// <typeparam name="TValidator">Checks the values after they are parsed.</typeparam>
    /// <param name="services">The services of the app.</param>
    /// <param name="configuration">The settings.</param>
    /// <param name="section">The section; empty for settings without one.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddSettings<TOptions, TValidator>(this IServiceCollection services, IConfiguration configuration, string section = "")
        where TOptions : class, new()
        where TValidator : class, IValidateOptions<TOptions>
    {
        services.AddOptions<TOptions>().Configure(options => Bind(options, configuration, section)).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<TOptions>, TValidator>();
    }

    /// <summary>Checks all settings.</summary>
    /// <param name="services">The services of the app.</param>
    /// <returns>The remedy for each missing or invalid setting; empty when all are valid.</returns>
    public static IReadOnlyList<string> Problems(IServiceProvider services)
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

    private static void Bind<TOptions>(TOptions options, IConfiguration configuration, string section)
        where TOptions : class, new()
    {
        IConfiguration values = section.Length == 0 ? configuration : configuration.GetSection(section);
        string[] failures = [.. typeof(TOptions).GetProperties().Select(property => Problem(property, values[property.Name], section, new TOptions())).OfType<string>()];
        if (failures.Length > 0)
        {
            throw new OptionsValidationException(section, typeof(TOptions), failures);
        }

        values.Bind(options);
    }

    // The message of the binder quotes the value, and spells the setting's name differently.
    private static string? Problem(PropertyInfo property, string? value, string section, object defaults)
    {
        string? kind = property.PropertyType switch
        {
            var type when type == typeof(int) || type == typeof(long) => "a whole number",
            var type when type == typeof(TimeSpan) => "a time (days.hours:minutes:seconds)",
            var type when type == typeof(bool) => "true or false",
            _ => null,
        };
        if (value is null || kind is null || IsReadable(property.PropertyType, value))
        {
            return null;
        }

        string name = section.Length == 0 ? property.Name : $"{section}__{property.Name}";
        return string.Create(CultureInfo.InvariantCulture, $"Set {name} to {kind}, for example {property.GetValue(defaults)}; its value is not of that kind.");
    }

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
}
