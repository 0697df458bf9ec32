using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Settings;

/// <summary>The identities of the settings.</summary>
/// <param name="configuration">The settings.</param>
/// <param name="components">Makes a credential as the Functions host does.</param>
public sealed class ServiceCredentials(IConfiguration configuration, AzureComponentFactory components)
{
    // A managed identity answers within a second, but the first token of a new instance may take several.
    private static readonly TimeSpan TokenTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The credential for a service.</summary>
    /// <param name="section">The section with its settings.</param>
    /// <returns>The credential. It gives up after 10 seconds: the libraries would let a request wait for minutes.</returns>
    public TokenCredential Of(string section) => new TimedCredential(components.CreateTokenCredential(configuration.GetSection(section)));

    private sealed class TimedCredential(TokenCredential credential) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TokenTimeout);
            try
            {
                return credential.GetToken(requestContext, timeout.Token);
            }
            catch (Exception exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TooLate(exception);
            }
        }

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(TokenTimeout);
            try
            {
                return await credential.GetTokenAsync(requestContext, timeout.Token);
            }
            catch (Exception exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TooLate(exception);
            }
        }

        private static AuthenticationFailedException TooLate(Exception exception) =>
            new($"The identity gave no token within {TokenTimeout.TotalSeconds} s.", exception);
    }
}
