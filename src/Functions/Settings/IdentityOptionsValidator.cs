using Azure.Core;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>
/// Checks at start that the settings of an identity make a credential, by the code with which the Functions host makes its own. It asks for no
/// token. The host overlooks a setting that it does not know, and then signs in as somebody else.
/// </summary>
/// <param name="configuration">The settings.</param>
/// <param name="components">Makes the credential.</param>
public sealed class IdentityOptionsValidator(IConfiguration configuration, AzureComponentFactory components)
    : IValidateOptions<StorageIdentityOptions>, IValidateOptions<RedisIdentityOptions>, IValidateOptions<WebPubSubIdentityOptions>
{
    private const string ManagedIdentity = "managedidentity";

    private static readonly string[] Credentials = [ManagedIdentity, "workloadidentity", "managedidentityasfederatedidentity"];

    // The settings of a credential in Microsoft.Extensions.Azure 1.14.
    private static readonly string[] CredentialSettings =
    [
        "credential", "clientId", "tenantId", "clientSecret", "managedIdentityClientId", "managedIdentityResourceId", "managedIdentityObjectId",
        "clientCertificate", "clientCertificateStoreName", "clientCertificateStoreLocation", "additionallyAllowedTenants", "tokenFilePath", "azureCloud",
    ];

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, StorageIdentityOptions options) =>
        Validate(StorageIdentityOptions.Section, ["accountName", "blobServiceUri", "tableServiceUri", "queueServiceUri"]);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, RedisIdentityOptions options) => Validate(RedisIdentityOptions.Section, ["redisHostName", "principalId"]);

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, WebPubSubIdentityOptions options) => Validate(WebPubSubIdentityOptions.Section, ["serviceUri"]);

    private ValidateOptionsResult Validate(string section, string[] settings)
    {
        string[] failures = Problems(configuration.GetSection(section), settings);
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private string[] Problems(IConfigurationSection section, string[] settings)
    {
        if (!section.GetChildren().Any())
        {
            return [];
        }

        string[] known = [.. settings, .. CredentialSettings];
        string[] unknown = [.. section.GetChildren().Select(child => child.Key).Except(known, StringComparer.OrdinalIgnoreCase)];
        string[] problems = [.. unknown.Select(key => $"{section.Key}__{key} is no setting of a connection by identity. Choose from {string.Join(", ", known)}.")];
        return problems.Length > 0 ? problems : CredentialProblem(section) is { } problem ? [problem] : [];
    }

    private string? CredentialProblem(IConfigurationSection section)
    {
        string? kind = section["credential"];
        bool hasSecret = !string.IsNullOrWhiteSpace(section["clientSecret"]);
        if (!string.IsNullOrEmpty(kind) && !Credentials.Contains(kind, StringComparer.OrdinalIgnoreCase))
        {
            return $"Set {section.Key}__credential to {string.Join(", ", Credentials[..^1])} or {Credentials[^1]}, or leave it out.";
        }

        if (hasSecret && !string.IsNullOrEmpty(kind))
        {
            return $"{section.Key}__clientSecret has no use with {section.Key}__credential={kind.ToLowerInvariant()}: remove one of them.";
        }

        if (hasSecret && (string.IsNullOrWhiteSpace(section["tenantId"]) || string.IsNullOrWhiteSpace(section["clientId"])))
        {
            return $"Set {section.Key}__tenantId and {section.Key}__clientId beside {section.Key}__clientSecret: a service principal needs all three.";
        }

        if (ManagedIdentity.Equals(kind, StringComparison.OrdinalIgnoreCase) && section["tenantId"] is not null)
        {
            return $"{section.Key}__tenantId has no use with {section.Key}__credential={ManagedIdentity}: remove one of them.";
        }

        try
        {
            return components.CreateTokenCredential(section) is TokenCredential ? null : throw new InvalidOperationException();
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or FormatException)
        {
            return "workloadidentity".Equals(kind, StringComparison.OrdinalIgnoreCase)
                ? $"{section.Key}__credential=workloadidentity needs a tenant, a client and a token file. Let the platform set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                    + $"AZURE_FEDERATED_TOKEN_FILE, or set {section.Key}__tenantId, {section.Key}__clientId and {section.Key}__tokenFilePath."
                : $"The settings {string.Join(", ", section.GetChildren().Select(child => $"{section.Key}__{child.Key}"))} make no credential together. "
                    + "Leave out what the identity does not need; docs/deployment.md shows which settings belong together.";
        }
    }
}
