using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Settings;

/// <summary>The identity with which the app signs in to a service, in the settings that the Functions host reads.</summary>
public abstract class ConnectionIdentity
{
    /// <summary>
    /// <c>managedidentity</c> or <c>workloadidentity</c>. Unless set, a service principal if <c>clientSecret</c> is set, else the first
    /// credential that Azure.Identity's <c>DefaultAzureCredential</c> finds: the managed identity in Azure, your own account on your machine.
    /// </summary>
    [ConfigurationKeyName("credential")]
    public string? Credential { get; set; }

    /// <summary>The client id of a user-assigned identity or of a service principal. Unless set, the identity of the app itself.</summary>
    [ConfigurationKeyName("clientId")]
    public string? ClientId { get; set; }

    /// <summary>The tenant of a service principal or of a workload identity.</summary>
    [ConfigurationKeyName("tenantId")]
    public string? TenantId { get; set; }

    /// <summary>The secret of a service principal, where no managed identity can be had. Needs <c>tenantId</c> and <c>clientId</c>.</summary>
    [ConfigurationKeyName("clientSecret")]
    public string? ClientSecret { get; set; }
}
