using McpFunctions.Domain;
using McpFunctions.Domain.Auth;
using Microsoft.Azure.Functions.Worker.Http;

namespace McpFunctions.Functions.Http;

/// <summary>Finds out who sends a request.</summary>
/// <param name="credentials">Says who a credential stands for.</param>
public sealed class RequestCredentials(CredentialService credentials)
{
    /// <summary>Reads the credential of a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>Whom it stands for.</returns>
    /// <exception cref="ProblemException">There is none, or it is rejected.</exception>
    /// <exception cref="Domain.Delivery.DependencyUnavailableException">Storage cannot be reached.</exception>
    public async Task<Principal> AuthenticateAsync(HttpRequestData request, CancellationToken cancellationToken) =>
        (await ReadAsync(request, cancellationToken)).ValueOrProblem();

    private Task<Outcome<Principal>> ReadAsync(HttpRequestData request, CancellationToken cancellationToken)
    {
        const string scheme = "Bearer ";
        string? credential = request.Header("Authorization");
        string? key = request.Header("x-api-key");
        if (credential is not null && key is not null)
        {
            throw new ProblemException(Problem.Unauthenticated("Send an access token or an API key, not both."));
        }

        if (key is not null)
        {
            return credentials.ReadKeyAsync(key.Trim(), request.Origin(), cancellationToken);
        }

        if (credential is null)
        {
            throw new ProblemException(Problem.Unauthenticated(
                "Send an access token, 'Authorization: Bearer …', which POST /api/auth/login gives, or an API key, 'x-api-key: …'."));
        }

        return credential.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)
            ? credentials.ReadTokenAsync(credential[scheme.Length..].Trim(), request.Origin(), cancellationToken)
            : throw new ProblemException(Problem.Unauthenticated("Only the scheme Bearer is known: 'Authorization: Bearer …'."));
    }
}
