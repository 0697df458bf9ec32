using Azure.Core;
using Azure.Identity;
using Microsoft.Extensions.Azure;
using Microsoft.Extensions.Configuration;

namespace McpFunctions.Functions.Settings;

/// <summary>The identities of the settings.</summary>
/// <param name="configuration">The settings.</param>
/// <param name="components">Makes a credential as the Functions host does.</param>
/// <param name="time">The clock of the wait for a token.</param>
public sealed class ServiceCredentials(IConfiguration configuration, AzureComponentFactory components, TimeProvider time)
{
    // A managed identity answers within a second, but the first token of a new instance may take several.
    private static readonly TimeSpan TokenTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The credential for a service.</summary>
    /// <param name="section">The section with its settings.</param>
    /// <returns>The credential. It gives up after 10 seconds: the libraries would let a request wait for minutes.</returns>
    public TokenCredential Of(string section) => new TimedCredential(components.CreateTokenCredential(configuration.GetSection(section)), time);

    private sealed class TimedCredential(TokenCredential credential, TimeProvider time) : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            using var late = new CancellationTokenSource(TokenTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                return credential.GetToken(requestContext, either.Token);
            }
            catch (Exception exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TooLate(exception);
            }
        }

        public override async ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            using var late = new CancellationTokenSource(TokenTimeout, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
            try
            {
                return await credential.GetTokenAsync(requestContext, either.Token);
            }
            catch (Exception exception) when (late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw TooLate(exception);
            }
        }

        private static AuthenticationFailedException TooLate(Exception exception) =>
            new($"The identity gave no token within {TokenTimeout.TotalSeconds} s.", exception);
    }
}
