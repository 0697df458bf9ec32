using Azure.Core;
using Microsoft.Extensions.Azure;

namespace McpFunctions.Local.FunctionsHost.Settings;

/// <summary>The identities of connections, made from the settings by the same package as in the real host.</summary>
internal static class Credentials
{
    private static readonly Lazy<AzureComponentFactory> Factory = new(() =>
    {
        var services = new ServiceCollection();
        services.AddAzureClientsCore();
        return services.BuildServiceProvider().GetRequiredService<AzureComponentFactory>();
    });

    /// <exception cref="StartupException">The settings make no credential.</exception>
    public static TokenCredential Of(IConfigurationSection connection)
    {
        try
        {
            return Factory.Value.CreateTokenCredential(connection);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException)
        {
            throw new StartupException($"The settings '{connection.Key}__…' make no credential: {e.Message}", e);
        }
    }
}
