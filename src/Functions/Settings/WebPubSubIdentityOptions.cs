using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace McpFunctions.Functions.Settings;

/// <summary>
/// Azure Web PubSub by identity, instead of the connection string <c>WebPubSubConnectionString</c>. Set <c>serviceUri</c>. The identity needs the role Web
/// PubSub Service Owner.
/// </summary>
public sealed class WebPubSubIdentityOptions : ConnectionIdentity, IValidateOptions<WebPubSubIdentityOptions>
{
    /// <summary>The name of the section.</summary>
    public const string Section = "WebPubSubConnectionString";

    /// <summary>The address of the service: <c>https://contoso.webpubsub.azure.com</c>.</summary>
    [ConfigurationKeyName("serviceUri")]
    [SuppressMessage("Design", "CA1056", Justification = "A wrong address needs a clear error, which a binder that reads a Uri does not give.")]
    public string? ServiceUri { get; set; }

    /// <summary>The service; null without these settings.</summary>
    public WebPubSubEndpoint? Endpoint => WebPubSubEndpoint.AddressOf(ServiceUri) is { } address ? new WebPubSubEndpoint(address, null) : null;

    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, WebPubSubIdentityOptions options) =>
        options is { ServiceUri: null, Credential: null, ClientId: null, TenantId: null, ClientSecret: null } || options.Endpoint is not null
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"Set {Section}__serviceUri to the address of Azure Web PubSub, for example 'https://contoso.webpubsub.azure.com', without a path. Tokens are sent only over TLS.");
}
